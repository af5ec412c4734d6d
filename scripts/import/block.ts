/**
 * One block of a message's content, as the makers of models and agents write them, as parts of a message
 * here: texts, tool calls, tool results, files. Any other block stays as it is. Members without a place stay
 * beside the others in the part.
 */
import type { Json, JsonObject } from '../../src/contract/json.js';
import type { Part } from '../../src/contract/messages.js';
import { isObject, parseJson } from './json-text.js';

export interface Block {
  readonly parts: readonly Part[];
  /** What it adds to the text of the message; null for what is not said but thought, called or answered. */
  readonly text: string | null;
  /** The text of a tool's result. */
  readonly result?: string;
}

const TEXT_TYPES = new Set(['text', 'input_text', 'output_text']);
const CALL_TYPES = new Set([
  'tool_use',
  'server_tool_use',
  'mcp_tool_use',
  'tool-call',
  'tool_call',
  'function_call',
]);
const RESULT_TYPE = /^(tool[_-]result|.+_tool_result|tool_use_result|function_call_output)$/;
const UI_TOOL_TYPE = /^(tool-.+|dynamic-tool)$/;
const THOUGHT_TYPE = /think|reason|thought/;

export function blockOf(value: Json): Block {
  if (typeof value === 'string') return { parts: [{ type: 'text', text: value }], text: value };
  if (!isObject(value)) return { parts: [{ type: 'unknown', value }], text: null };
  const { type } = value;
  if (typeof type !== 'string' || type === '') return untyped(value);
  if (TEXT_TYPES.has(type) && typeof value.text === 'string') {
    return { parts: [{ ...value, type: 'text' }], text: value.text };
  }
  if (type === 'refusal' && typeof value.refusal === 'string')
    return { parts: [{ ...value, type }], text: value.refusal };
  if (CALL_TYPES.has(type)) return { parts: [toolCall(value)], text: null };
  if (RESULT_TYPE.test(type)) return resultBlock(value);
  if (type === 'tool-invocation' && isObject(value.toolInvocation)) return uiTool(value.toolInvocation);
  if (UI_TOOL_TYPE.test(type) && value.toolCallId !== undefined) {
    return uiTool({ toolName: type.replace(/^tool-/, ''), ...value });
  }
  const file = fileOf(value);
  if (file) return { parts: [file], text: null };
  const isSaid = typeof value.text === 'string' && !THOUGHT_TYPE.test(type);
  return { parts: [{ ...value, type }], text: isSaid ? (value.text as string) : null };
}

/**
 * `{id, function: {name, arguments: "<JSON>"}}`, the same without `function`, or a block that calls a tool.
 */
export function toolCall(call: Json): Part {
  if (!isObject(call)) return { type: 'tool_call', id: null, name: null, arguments: call };
  const { type: _type, function: inner, id, call_id, toolCallId, tool_call_id, ...rest } = call;
  const {
    name,
    toolName,
    tool_name,
    function_name,
    input,
    args,
    arguments: sent,
    parameters,
    ...others
  } = {
    ...rest,
    ...(isObject(inner) ? inner : {}),
  };
  return {
    type: 'tool_call',
    id: call_id ?? toolCallId ?? tool_call_id ?? id ?? null,
    name: name ?? toolName ?? tool_name ?? function_name ?? null,
    arguments: argumentsOf(sent ?? input ?? args ?? parameters ?? null),
    ...(isObject(inner) || inner === undefined ? others : { ...others, function: inner }),
  };
}

/** A text that is JSON is taken for what it says. */
export function argumentsOf(sent: Json): Json {
  if (typeof sent !== 'string') return sent;
  try {
    return parseJson(sent, 'arguments');
  } catch {
    return sent;
  }
}

/** Text of what a tool has answered: a string, or the texts of its blocks. Empty for anything else. */
export function resultText(result: Json | undefined): string {
  if (typeof result === 'string') return result;
  if (isObject(result)) {
    const inner = [result.value, result.text, result.content, result.output].find(
      (item) => item !== undefined,
    );
    return typeof inner === 'string' || Array.isArray(inner) ? resultText(inner) : '';
  }
  if (!Array.isArray(result)) return '';
  return result.flatMap((item) => blockOf(item).text ?? []).join('\n');
}

function resultBlock(value: JsonObject): Block {
  const { type: _type, tool_use_id, toolCallId, tool_call_id, call_id, id, ...rest } = value;
  const { content, result, output, is_error, isError, ...others } = rest;
  const sent = content ?? result ?? output ?? null;
  const isFailed = is_error ?? isError;
  const part: Part = {
    type: 'tool_result',
    id: tool_use_id ?? toolCallId ?? tool_call_id ?? call_id ?? id ?? null,
    result: Array.isArray(sent) ? sent.flatMap((item) => blockOf(item).parts) : sent,
    ...(isFailed === undefined || isFailed === null ? {} : { isError: isFailed }),
    ...others,
  };
  return { parts: [part], text: null, result: resultText(sent) };
}

/** A tool in a message of a user interface: the call and, when there is one, what came of it. */
function uiTool(value: JsonObject): Block {
  const { type: _type, toolCallId = null, toolName = null, args, input, state, ...rest } = value;
  const { result, output, errorText, ...others } = rest;
  const call: Part = {
    ...{ type: 'tool_call', id: toolCallId, name: toolName, arguments: args ?? input ?? null },
    ...(state === undefined ? {} : { state }),
    ...others,
  };
  const sent = output ?? result ?? errorText;
  if (sent === undefined) return { parts: [call], text: null };
  const failed = output === undefined && result === undefined ? { isError: true } : {};
  return { parts: [call, { type: 'tool_result', id: toolCallId, result: sent, ...failed }], text: null };
}

/** Blocks that are told by their members: Gemini's and Bedrock's. */
function untyped(value: JsonObject): Block {
  const call = value.functionCall ?? value.function_call ?? value.toolUse;
  if (isObject(call)) {
    const { toolUseId, ...rest } = call;
    return { parts: [toolCall(toolUseId === undefined ? rest : { id: toolUseId, ...rest })], text: null };
  }
  const response = value.functionResponse ?? value.function_response;
  if (isObject(response)) {
    const { id = null, name = null, response: result = null } = response;
    return { parts: [{ type: 'tool_result', id, name, result }], text: null, result: resultText(result) };
  }
  if (isObject(value.toolResult)) {
    const { toolUseId = null, content = null, status } = value.toolResult;
    const failed = status === 'error' ? { isError: true } : {};
    return {
      parts: [{ type: 'tool_result', id: toolUseId, result: content, ...failed }],
      text: null,
      result: resultText(content),
    };
  }
  const file = fileOf(value);
  if (file) return { parts: [file], text: null };
  if (typeof value.text === 'string') {
    const isThought = value.thought === true;
    return {
      parts: [{ ...value, type: isThought ? 'thinking' : 'text' }],
      text: isThought ? null : value.text,
    };
  }
  return { parts: [{ type: 'unknown', value }], text: null };
}

/**
 * Bytes that stand in the block itself, as a file part with `data`: what becomes an artifact later
 * (attachments.ts).
 */
function fileOf(value: JsonObject): Part | null {
  const { type: _type, source, image_url, inlineData, inline_data, file, data, ...others } = value;
  const name = typeof value.filename === 'string' ? { filename: value.filename } : {};
  const inline = inlineData ?? inline_data ?? source;
  if (isObject(inline) && typeof inline.data === 'string') {
    return { ...others, type: 'file', contentType: typeIn(inline), data: inline.data };
  }
  const address = isObject(image_url) ? image_url.url : image_url;
  const url = [
    address,
    data,
    value.url,
    value.image,
    isObject(file) ? file.file_data : file_data(value),
  ].find((text): text is string => typeof text === 'string');
  if (url === undefined) return null;
  const found = /^data:([^;,]*)(?:;[^;,]*)*;base64,/.exec(url.slice(0, 300));
  if (found) return { ...name, type: 'file', contentType: found[1] ?? '', data: url.slice(found[0].length) };
  const isFile = typeof data === 'string' && (value.type === 'file' || value.type === 'image');
  return isFile ? { ...others, type: 'file', contentType: typeIn(value), data } : null;
}

function file_data({ file_data: data }: JsonObject): Json | undefined {
  return data;
}

function typeIn({ media_type, mimeType, mime_type, mediaType }: JsonObject): Json {
  return media_type ?? mimeType ?? mime_type ?? mediaType ?? 'application/octet-stream';
}
