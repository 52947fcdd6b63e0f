"""Nobody may believe that a recording runs when none does."""

from __future__ import annotations

from harness import Bench

from gazed_plugins.recorder import Recorder


def test_a_recording_that_cannot_be_made_is_refused_with_a_reason(tmp_path):
    with Bench(tmp_path) as bench:
        bench.start(Recorder)

        bench.send("recording.should_start", session_name="subject_7")

        refusal = bench.told("recording.failed")
        assert refusal["session_name"] == "subject_7"
        assert "cannot record" in refusal["reason"]
