/** The end of a message about an unknown name: the closest known name, and all known ones. */
import { nearestName } from '../config/nearest-name.js';

const SHOWN_MAX = 64;

/** Other programs' names for the same things. Without separators, in lower case. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  title: ['name'],
  label: ['name'],
  summary: ['description', 'goal'],
  description: ['goal'],
  text: ['content'],
  body: ['content'],
  message: ['content'],
  messages: ['content'],
  task: ['taskId', 'tasks'],
  key: ['id'],
  identifier: ['id'],
  steps: ['tasks'],
  todos: ['tasks'],
  items: ['tasks', 'messages'],
  dependson: ['dependencies'],
  deps: ['dependencies'],
  needs: ['dependencies'],
  blockedby: ['dependencies'],
  assignee: ['agent'],
  assignedto: ['agent'],
  worker: ['agent'],
  holder: ['agent'],
  agent: ['holder'],
  state: ['status'],
  meta: ['metadata', 'data'],
  metadata: ['data'],
  data: ['metadata'],
  tag: ['tags'],
  tags: ['tag'],
  type: ['contentType', 'role'],
  mimetype: ['contentType'],
  author: ['from'],
  sender: ['from'],
  recipient: ['to'],
  receiver: ['to'],
  thread: ['conversation'],
  channel: ['conversation'],
  lease: ['leaseSeconds'],
  ttl: ['leaseSeconds'],
  seconds: ['leaseSeconds'],
  leasetoken: ['token'],
  output: ['result'],
  reason: ['error'],
  timeout: ['wait'],
  since: ['after'],
  offset: ['cursor', 'after'],
  page: ['cursor'],
  count: ['limit'],
  size: ['limit'],
  pagesize: ['limit'],
  perpage: ['limit'],
  query: ['q'],
  search: ['q'],
  sortby: ['sort'],
  orderby: ['sort', 'order'],
  done: ['completed'],
  complete: ['completed'],
  finished: ['completed'],
  success: ['completed'],
  todo: ['pending', 'draft'],
  open: ['pending', 'active'],
  new: ['pending', 'draft'],
  ready: ['pending'],
  running: ['in_progress', 'active'],
  doing: ['in_progress'],
  started: ['in_progress'],
  error: ['failed'],
  canceled: ['cancelled'],
  skipped: ['cancelled'],
  closed: ['completed', 'archived'],
  stop: ['halt'],
  continue: ['proceed'],
  ignore: ['proceed'],
  escalate: ['escalate_to_user'],
  human: ['user'],
  bot: ['assistant'],
  ai: ['assistant'],
  model: ['assistant'],
  function: ['tool'],
  developer: ['system'],
};

/** ` Did you mean "name"?`, or nothing. */
export function didYouMean(sent: string, known: readonly string[]): string {
  const nearest = nearestName(sent, known, ELSEWHERE);
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}

/** A client's name or value, as a message repeats it. */
export function asShown(sent: string): string {
  return JSON.stringify(sent.length > SHOWN_MAX ? `${sent.slice(0, SHOWN_MAX)}…` : sent);
}
