/**
 * The forms that are known, in the order in which they are asked. Which one a source has is told by its
 * records alone.
 */
import type { Form } from './form.js';
import { autogen } from './forms/autogen.js';
import { chat } from './forms/chat.js';
import { chatgpt } from './forms/chatgpt.js';
import { claudeChat } from './forms/claude-chat.js';
import { claudeCode } from './forms/claude-code.js';
import { codex } from './forms/codex.js';
import { examples } from './forms/examples.js';
import { gemini } from './forms/gemini.js';
import { langsmith } from './forms/langsmith.js';
import { openhands } from './forms/openhands.js';
import { responses } from './forms/responses.js';
import { trajectory } from './forms/trajectory.js';

export const FORMS: readonly Form[] = [
  ...[trajectory, claudeCode, codex, openhands, chatgpt, claudeChat, langsmith, autogen, gemini, responses],
  ...[examples, chat],
];
