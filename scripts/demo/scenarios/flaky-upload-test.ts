/**
 * A small bug hunted down: a failing log, two hypotheses, code in two revisions, an experiment that was
 * removed again.
 */
import { agent, lines, type MakeScenario, person, tool } from '../scenario.js';

export const flakyUploadTest: MakeScenario = (random) => {
  const runs = random.whole(180, 240);
  const failures = random.whole(7, 13);
  const build = random.whole(8_100, 8_900);
  return {
    slug: 'flaky-upload-test',
    name: 'Upload test fails now and then',
    description: `test_resume_upload fails in about one of ${Math.round(runs / failures)} builds, always on the busy runners.`,
    owner: 'tobias.ek',
    status: 'completed',
    tags: ['bug', 'ci', 'python'],
    goal: 'Know why the test fails; 500 runs under load without a failure.',
    tasks: [
      {
        id: 'reproduce',
        name: 'Make it fail on purpose',
        agent: 'coder',
        status: 'completed',
        result: { runs, failures, how: 'stress-ng --cpu 8 beside pytest' },
      },
      {
        id: 'explain',
        name: 'Find the cause',
        agent: 'coder',
        status: 'completed',
        dependencies: ['reproduce'],
        result: { cause: 'the client reads the offset before the server has flushed the last chunk' },
      },
      {
        id: 'retry',
        name: 'Hypothesis: the retry is too early',
        agent: 'coder',
        status: 'failed',
        onFailure: 'proceed',
        dependencies: ['reproduce'],
        error: 'Waiting longer only made failures rarer: it hides the race.',
      },
      {
        id: 'fix',
        name: 'Repair the server, not the test',
        agent: 'coder',
        status: 'completed',
        dependencies: ['explain', 'retry'],
      },
      {
        id: 'prove',
        name: '500 runs under load',
        agent: 'ops-bot',
        status: 'completed',
        dependencies: ['fix'],
        result: { runs: 500, failures: 0 },
      },
    ],
    messages: [
      person(
        'tobias.ek',
        `Build ${build} is red again because of test_resume_upload. Please no "retry three times" decorator.`,
      ),
      agent(
        'coder',
        `Reproduced: ${failures} failures in ${runs} runs while all cores are busy, none on an idle machine.`,
      ),
      tool(
        'coder',
        lines(
          '    def test_resume_upload(server, tmp_path):',
          '>       assert client.offset(upload_id) == 4_194_304',
          'E       assert 4128768 == 4194304',
          '',
          `FAILED tests/test_upload.py::test_resume_upload - 1 failed, 41 passed`,
        ),
      ),
      agent(
        'coder',
        'The missing 65,536 bytes are exactly one chunk. First idea: the client retries too early. I will try a longer pause.',
        { conversation: 'hypotheses' },
      ),
      agent(
        'coder',
        'A longer pause makes it rarer, but does not end it. So the pause only hides the race; I have taken it out again.',
        { conversation: 'hypotheses' },
      ),
      agent(
        'coder',
        'Real cause: the server answers the offset from memory before the last chunk is flushed, and after the reconnect it reads the file. Two truths.',
        { conversation: 'hypotheses' },
      ),
      agent(
        'reviewer',
        'Agreed: there should be one place that knows the offset. The change reads it from the file, after a flush. Approved.',
      ),
      agent(
        'ops-bot',
        '500 runs under load, 0 failures. 41 s longer than before in total, which is 0.08 s a run.',
      ),
    ],
    artifacts: [
      {
        path: 'src/upload.py',
        revisions: [
          { by: 'coder', message: 'As it was', content: upload('        return self._offset') },
          {
            by: 'coder',
            message: 'One truth: the file',
            content: upload(
              '        self._file.flush()',
              '        os.fsync(self._file.fileno())',
              '        return os.fstat(self._file.fileno()).st_size',
            ),
          },
        ],
      },
      {
        path: 'experiments/longer_pause.patch',
        revisions: [
          {
            by: 'coder',
            message: 'Hypothesis: the retry comes too early',
            content: lines(
              '--- a/tests/test_upload.py',
              '+++ b/tests/test_upload.py',
              '@@ -88,1 +88,2 @@',
              '     client.disconnect()',
              '+    time.sleep(0.5)',
            ),
          },
          { by: 'coder', message: 'Refuted, see conversation "hypotheses"', content: null },
        ],
      },
      {
        path: 'logs/failing-run.txt',
        revisions: [
          {
            by: 'coder',
            message: `From build ${build}`,
            content: lines(
              `build ${build} · runner busy-3 · load 11.4`,
              'test_resume_upload: offset 4128768, expected 4194304',
              'difference 65536 = 1 chunk',
            ),
          },
        ],
      },
    ],
  };
};

function upload(...body: readonly string[]): string {
  return lines(
    'import os',
    '',
    '',
    'class Upload:',
    '    def __init__(self, path):',
    '        self._file = open(path, "ab")',
    '        self._offset = os.fstat(self._file.fileno()).st_size',
    '',
    '    def append(self, chunk: bytes) -> None:',
    '        self._file.write(chunk)',
    '        self._offset += len(chunk)',
    '',
    '    def offset(self) -> int:',
    ...body,
  );
}
