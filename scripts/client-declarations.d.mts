import type ts from 'typescript';

export function emitClientDeclarations(folder: string): ts.Program;
