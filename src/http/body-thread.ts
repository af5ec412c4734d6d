/**
 * The program of the thread that parses and checks large bodies. Answers them one by one;
 * ends with the process.
 */
import { parentPort } from 'node:worker_threads';
import type { BodySpec, Operations } from '../contract/operation.js';
import { OPERATIONS } from '../contract/operations.js';
import { TaskspaceError } from '../domain/errors.js';
import { piecesOf } from './body-pieces.js';
import type { BodyAnswer, BodyQuestion } from './body-threads.js';
import { checkJson } from './json-body.js';

parentPort?.on('message', (question: BodyQuestion) => {
  const answer = answerTo(question);
  const moved = 'pieces' in answer ? [answer.pieces.bytes.buffer, answer.pieces.ends.buffer] : [];
  parentPort?.postMessage(answer, moved);
});

function answerTo({ id, bytes, operation }: BodyQuestion): BodyAnswer {
  try {
    return { id, pieces: piecesOf(checkJson(Buffer.from(bytes), bodyOf(operation)) as object) };
  } catch (error) {
    if (!(error instanceof TaskspaceError)) return { id, defect: String((error as Error).stack) };
    const { code, message, extras } = error;
    return { id, refusal: { code, message, extras } };
  }
}

function bodyOf(operation: string): BodySpec {
  const body = (OPERATIONS as Operations)[operation]?.body;
  if (body === undefined) throw new Error(`${operation} takes no body`);
  return body;
}
