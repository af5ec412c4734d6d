/**
 * What generated taskspaces are made of: people, subjects, steps of work, and sentences with places for
 * words.
 */

export const FIRST_NAMES = [
  ...['mara', 'tobias', 'priya', 'jonas', 'amina', 'li', 'sofia', 'kenji', 'olga', 'rafael', 'noor', 'emil'],
  ...['zoe', 'idris', 'hanna', 'mateo', 'yara', 'pavel', 'ines', 'tariq', 'freja', 'luca', 'dana', 'viktor'],
  ...['aisha', 'ruben', 'elif', 'samuel', 'greta', 'omar', 'nina', 'hugo', 'leila', 'anton', 'ada', 'milo'],
] as const;

export const LAST_NAMES = [
  ...['lindqvist', 'ek', 'nair', 'weber', 'okafor', 'wei', 'rossi', 'tanaka', 'petrova', 'silva', 'haddad'],
  ...['berg', 'martin', 'diallo', 'vogel', 'garcia', 'rahman', 'novak', 'costa', 'aziz', 'holm', 'bianchi'],
  ...['cohen', 'sokolov', 'yilmaz', 'janssen', 'kaya', 'adler', 'larsen', 'moreau', 'duarte', 'kowalski'],
] as const;

export const AGENTS = [
  'coder',
  'researcher',
  'writer',
  'analyst',
  'ops-bot',
  'translator',
  'reviewer',
  'tester',
] as const;

export interface Subject {
  readonly slug: string;
  /** `{place}`, `{product}` and `{quarter}` are filled in. */
  readonly name: string;
  readonly goal: string;
  readonly tags: readonly string[];
}

export const SUBJECTS: readonly [Subject, ...Subject[]] = [
  {
    slug: 'login-errors',
    name: 'Login errors after the update in {place}',
    goal: 'Nobody is logged out by the update any more, and a test says so.',
    tags: ['bug', 'security', 'web'],
  },
  {
    slug: 'warehouse-labels',
    name: 'New labels for the warehouse in {place}',
    goal: 'Every shelf has a label that the old and the new scanners read.',
    tags: ['warehouse', 'operations'],
  },
  {
    slug: 'price-list',
    name: 'Price list of the {product} for {quarter}',
    goal: 'One list that Sales and the shop both use, checked against the contracts.',
    tags: ['finance', 'sales'],
  },
  {
    slug: 'search-speed',
    name: 'Faster search for the {product}',
    goal: 'The slowest one percent of searches answers in 200 ms.',
    tags: ['performance', 'search', 'backend'],
  },
  {
    slug: 'help-pages',
    name: 'Help pages about the {product}',
    goal: 'The ten most frequent questions to Support have an answer that people find.',
    tags: ['writing', 'support'],
  },
  {
    slug: 'translation',
    name: 'Translation of the {product} manual for {place}',
    goal: 'The manual in two more languages, read by somebody who grew up with them.',
    tags: ['writing', 'translation'],
  },
  {
    slug: 'backup-drill',
    name: 'Restore drill of the {place} database',
    goal: 'A restore from last night takes less than an hour and loses nothing.',
    tags: ['operations', 'database', 'risk'],
  },
  {
    slug: 'api-client',
    name: 'Client library for the {product} interface',
    goal: 'A small client with types, examples that run, and no dependency.',
    tags: ['code', 'library', 'typescript'],
  },
  {
    slug: 'survey',
    name: 'Survey of customers in {place}, {quarter}',
    goal: 'We know why people come back, with numbers and with their own words.',
    tags: ['research', 'customers'],
  },
  {
    slug: 'import-job',
    name: 'Nightly import of the {product} orders',
    goal: 'The import goes on where it stopped, and nothing is taken twice.',
    tags: ['code', 'data', 'backend'],
  },
  {
    slug: 'agent-skills',
    name: 'Skills of the agents that work on the {product}',
    goal: 'Every agent has the skills and commands of this quarter, and we know which are out of date.',
    tags: ['agents', 'skills'],
  },
  {
    slug: 'contract-review',
    name: 'Contract with the carrier in {place}',
    goal: 'A contract that Legal and Operations sign, with a way out after a year.',
    tags: ['legal', 'vendors'],
  },
  {
    slug: 'accessibility',
    name: 'The {product} page for people who do not see it',
    goal: 'Every step can be taken with the keyboard and is read aloud in the right order.',
    tags: ['web', 'accessibility'],
  },
  {
    slug: 'cost-report',
    name: 'What the machines in {place} cost, {quarter}',
    goal: 'A figure for each team, and three proposals that save a tenth.',
    tags: ['finance', 'operations', 'analysis'],
  },
  {
    slug: 'mobile-app',
    name: 'Offline mode of the {product} app',
    goal: 'What was typed on the train is there when the train arrives.',
    tags: ['mobile', 'code'],
  },
  {
    slug: 'recipe-test',
    name: 'Taste test of the {product} in {place}',
    goal: 'Forty people have tasted four recipes without knowing which is which.',
    tags: ['research', 'product'],
  },
];

export const PLACES = [
  ...['Lübeck', 'Lisbon', 'Kraków', 'Nairobi', 'Osaka', 'Montréal', 'Malmö', 'Porto Alegre', 'İzmir'],
  ...['Galway', 'Pune', 'Valparaíso', 'Tromsø', 'Lyon', 'Ghent', 'Austin', 'Hanoi', 'Zürich'],
] as const;

export const PRODUCTS = [
  ...['tea box', 'night train', 'invoice desk', 'garden sensor', 'ticket shop', 'field diary', 'photo wall'],
  ...['bread subscription', 'harbour map', 'reading lamp', 'kiosk', 'repair café', 'bike counter'],
] as const;

/** The steps of a plan, in the order in which they come. */
export const STEPS = [
  ['collect', 'Collect what is known', 'researcher'],
  ['measure', 'Measure how it is today', 'analyst'],
  ['reproduce', 'Show the trouble in a test', 'tester'],
  ['options', 'Write down three ways to do it', 'writer'],
  ['decide', 'Decide with those who are concerned', null],
  ['draft', 'First version', 'coder'],
  ['review', 'Have it read by somebody else', 'reviewer'],
  ['trial', 'Try it with a small group', 'ops-bot'],
  ['text', 'Explain it on one page', 'writer'],
  ['translate', 'Translate the page', 'translator'],
  ['release', 'Bring it to everybody', 'ops-bot'],
  ['watch', 'Compare the figures after two weeks', 'analyst'],
] as const;

export const ERRORS = [
  'the credentials for the test system have expired',
  'three of twelve checks fail on the second run',
  'the file has 4,000 rows without a customer number',
  'the vendor does not answer before the deadline',
  'no space left on the machine that builds',
] as const;

/**
 * `{noun}`, `{name}`, `{number}`, `{file}`, `{place}` are filled in. In several languages, as people write
 * them.
 */
export const SENTENCES = [
  'The {noun} is slower than it was: {number} ms instead of half of it.',
  'I have compared the {noun} with the {noun} and found {number} differences.',
  'Please look at {file} before you change the {noun}.',
  'Who decides about the {noun} in {place}?',
  'The cause was `{name}`: it is called once for every {noun}.',
  'After the change, {number} of {number} checks pass; the rest wait for the {noun}.',
  '`{name}` returns nothing when the {noun} is empty, and `{name}` does not expect that.',
  'We agreed to keep the {noun} for another quarter.',
  'The {noun} costs {number} euros a month, most of it for the {noun}.',
  'I would rather remove the {noun} than explain it.',
  'That is done. {file} says how, and why not with `{name}`.',
  'Could somebody from {place} read the part about the {noun}?',
  'Die {noun}-Prüfung ist fertig; {number} Einträge fehlen noch für {place}.',
  'Bitte nicht vor Montag ausrollen: `{name}` schlägt auf dem zweiten Rechner fehl.',
  'Le résultat dépend de {noun}; à {place} nous en avons compté {number}.',
  'Je préfère la première version, elle est plus claire et déjà vérifiée.',
  'La prueba con {number} personas en {place} terminó sin errores graves.',
  'Revisé `{name}` y el informe: falta explicar el {noun}.',
  'Wyniki z miasta {place}: {number} zgłoszeń, głównie {noun}.',
  '{place}での確認が終わりました。`{name}` は {number} 件で動作します。',
  'Отчёт готов: {number} строк, {noun} проверен дважды.',
] as const;

export const NOUNS = [
  ...['index', 'queue', 'invoice', 'label', 'scanner', 'session', 'token', 'cache', 'snapshot', 'report'],
  ...['contract', 'survey', 'import', 'retry', 'timeout', 'schema', 'backup', 'migration', 'dashboard'],
  ...['formulaire', 'étiquette', 'rapport', 'Rechnung', 'Übersicht', 'Lieferung', 'pedido', 'resumen'],
  ...['checksum', 'endpoint', 'webhook', 'parser', 'scheduler', 'ledger', 'voucher', 'shipment', 'refund'],
  ...['permission', 'glossary', 'template', 'pipeline', 'benchmark', 'fixture', 'release', 'rollout'],
] as const;

const VERBS = ['read', 'load', 'merge', 'parse', 'count', 'check', 'open', 'sort', 'find', 'write'] as const;
const OBJECTS = ['Order', 'Label', 'Session', 'Invoice', 'Price', 'Page', 'Retry', 'Index', 'Row'] as const;

/** Names as they stand in code: `readOrderPage`, `read_order_page`. */
export const CODE_NAMES: readonly [string, ...string[]] = [
  'main',
  ...VERBS.flatMap((verb) =>
    OBJECTS.flatMap((object, i) => {
      const other = OBJECTS[(i + 4) % OBJECTS.length] ?? '';
      return [
        `${verb}${object}${other}`,
        `${verb}_${object.toLowerCase()}_${other.toLowerCase()}`,
        `${verb}${object}`,
      ];
    }),
  ),
];
