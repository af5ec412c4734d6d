/**
 * A small bug hunted down: a failing log, two hypotheses, code in two revisions, an experiment that was
 * removed again.
 */
import type { ScenarioTemplate } from '../scenario.js';

export const flakyUploadTest: ScenarioTemplate = {
  slug: 'flaky-upload-test',
  name: 'Upload test fails now and then',
  description: 'test_resume_upload fails in about one of [[oneIn]] builds, always on the busy runners.',
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
      result: { runs: '[[runs]]', failures: '[[failures]]', how: 'stress-ng --cpu 8 beside pytest' },
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
    {
      from: 'tobias.ek',
      role: 'user',
      content:
        'Build [[build]] is red again because of test_resume_upload. Please no "retry three times" decorator.',
    },
    {
      from: 'coder',
      role: 'assistant',
      content:
        'Reproduced: [[failures]] failures in [[runs]] runs while all cores are busy, none on an idle machine.',
    },
    {
      from: 'coder',
      role: 'tool',
      content: [
        '    def test_resume_upload(server, tmp_path):',
        '>       assert client.offset(upload_id) == 4_194_304',
        'E       assert 4128768 == 4194304',
        '',
        'FAILED tests/test_upload.py::test_resume_upload - 1 failed, 41 passed',
      ],
    },
    {
      from: 'coder',
      role: 'assistant',
      content:
        'The missing 65,536 bytes are exactly one chunk. First idea: the client retries too early. I will try a longer pause.',
      conversation: 'hypotheses',
    },
    {
      from: 'coder',
      role: 'assistant',
      content:
        'A longer pause makes it rarer, but does not end it. So the pause only hides the race; I have taken it out again.',
      conversation: 'hypotheses',
    },
    {
      from: 'coder',
      role: 'assistant',
      content:
        'Real cause: the server answers the offset from memory before the last chunk is flushed, and after the reconnect it reads the file. Two truths.',
      conversation: 'hypotheses',
    },
    {
      from: 'reviewer',
      role: 'assistant',
      content:
        'Agreed: there should be one place that knows the offset. The change reads it from the file, after a flush. Approved.',
    },
    {
      from: 'ops-bot',
      role: 'assistant',
      content: '500 runs under load, 0 failures. 41 s longer than before in total, which is 0.08 s a run.',
    },
  ],
  artifacts: [
    {
      path: 'src/upload.py',
      revisions: [
        {
          by: 'coder',
          message: 'As it was',
          content: [
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
            '        return self._offset',
          ],
        },
        {
          by: 'coder',
          message: 'One truth: the file',
          content: [
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
            '        self._file.flush()',
            '        os.fsync(self._file.fileno())',
            '        return os.fstat(self._file.fileno()).st_size',
          ],
        },
      ],
    },
    {
      path: 'experiments/longer_pause.patch',
      revisions: [
        {
          by: 'coder',
          message: 'Hypothesis: the retry comes too early',
          content: [
            '--- a/tests/test_upload.py',
            '+++ b/tests/test_upload.py',
            '@@ -88,1 +88,2 @@',
            '     client.disconnect()',
            '+    time.sleep(0.5)',
          ],
        },
        { by: 'coder', message: 'Refuted, see conversation "hypotheses"', content: null },
      ],
    },
    {
      path: 'logs/failing-run.txt',
      revisions: [
        {
          by: 'coder',
          message: 'From build [[build]]',
          content: [
            'build [[build]] · runner busy-3 · load 11.4',
            'test_resume_upload: offset 4128768, expected 4194304',
            'difference 65536 = 1 chunk',
          ],
        },
      ],
    },
  ],
};
