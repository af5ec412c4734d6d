/** Whether the server says that the followed resource does not exist. */
import { ApiError } from './api-error.js';

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404 && error.code !== 'unexpected_answer';
}
