"""One calibration or validation after the other: commands in, exactly one result out for each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gazed import Context, Fields, MessageError, Pupil
from gazed_plugins.hmd_calibration.announcer import Announcer
from gazed_plugins.hmd_calibration.answer import code_of, figures_of, reason_of
from gazed_plugins.hmd_calibration.commands import Command
from gazed_plugins.hmd_calibration.failure import ObstacleError
from gazed_plugins.hmd_calibration.kinds import DEFAULT_KIND, KINDS
from gazed_plugins.hmd_calibration.mappers import Mappers
from gazed_plugins.hmd_calibration.run import Mode, Run
from gazed_plugins.hmd_calibration.start import Start

FitChoice = Literal["gazed", "pupil-3"]

_ECHO = "hmd_calibration.echo"
_ECHO_SECONDS = 0.5
_DROPPED_WORTH_A_WARNING = 0.2
_NO_MAPPER = "There is no headset calibration to validate; calibrate, or load one."
_BUSY = "Validation cannot be started: a calibration is running."
_GIVEN_UP = "A calibration was started before the validation had ended."


@dataclass(slots=True)
class Settings:
    """What a session does with its data; they may change between two of its steps.

    ``confidence`` is the least of pupil data that are fitted, ``timeout`` how many seconds a
    fit may take, ``pause`` the seconds between two reports of progress, 0 for none.
    """

    fit: FitChoice
    confidence: float
    timeout: float
    pause: float


class Sessions:
    """Runs sessions and sends every news of them through the announcer.

    Commands that come while references are read, or after a stop and before its result, wait.
    """

    def __init__(
        self, context: Context, settings: Settings, announcer: Announcer, mappers: Mappers
    ) -> None:
        self._context = context
        self._settings = settings
        self._announce = announcer
        self._mappers = mappers
        self._run: Run | None = None
        self._reported = 0.0
        self._waiting: deque[Command] = deque()
        context.subscribe(_ECHO, self._echoed)

    def end(self, reason: str) -> None:
        """Let the session under way fail, and those that clients asked for since."""
        if self._run:
            self._fail(reason, code="stopped")
        for command in self._waiting:
            if command.verb == "should_start":
                self._refuse(command.mode, reason)
        self._waiting.clear()

    def command(self, command: Command) -> None:
        """Obey a command, now or when its turn comes."""
        self._waiting.append(command)
        self._work_off()

    def collect(self, pupil: Pupil) -> None:
        """Take a pupil datum until the fit begins."""
        if self._run and not self._run.fitting:
            self._run.add_pupil(pupil)

    def tick(self) -> float | None:
        """Do what is due; return in how many seconds there is more, None for nothing."""
        run = self._run
        if run is None or run.reading or run.fitting:
            return None
        return self._wait_for_data(run) if run.stopping else self._report(run)

    def _work_off(self) -> None:
        while self._waiting and not (self._run and (self._run.stopping or self._run.reading)):
            self._obey(self._waiting.popleft())

    def _obey(self, command: Command) -> None:
        if command.verb == "should_start":
            self._start(command)
        elif command.verb == "add_ref_data":
            self._add_references(command)
        else:
            self._stop(command.mode)

    def _start(self, command: Command) -> None:
        running = self._run and self._run.mode
        if running == command.mode:
            self._context.log.warning("%s already running.", command.mode.capitalize())
        elif running == "calibration":
            self._refuse(command.mode, _BUSY)
        else:
            if self._run:
                self._fail(_GIVEN_UP, code="stopped")
            self._begin(command)

    def _begin(self, command: Command) -> None:
        mode = command.mode
        try:
            self._run = self._new_run(mode, Start.read(command.notification))
        except (MessageError, ObstacleError) as error:
            self._refuse(mode, f"{mode.capitalize()} cannot be started: {error}.")
        except OSError as error:
            self._refuse(mode, f"The fit process cannot be started: {error}.")
        else:
            self._reported = 0.0
            self._announce.started(self._run)

    def _new_run(self, mode: Mode, start: Start) -> Run:
        confidence = self._settings.confidence
        if mode == "calibration":
            return Run(start, confidence)
        judged = self._mappers.runs
        if judged is None or judged.name not in {kind.gazer for kind in KINDS.values()}:
            raise ObstacleError(_NO_MAPPER)
        return Run(start, confidence, judged.name, judged.params)

    def _add_references(self, command: Command) -> None:
        run = self._run
        if run is None or (command.mode == "validation" and run.mode == "calibration"):
            line = "Ref data can only be added when %s is running."
            self._context.log.error(line, command.mode)
        else:
            run.add_references(command.notification.frames[1])
            if run.reading:
                self._next_turn(run, self._read_on)

    def _read_on(self, run: Run) -> None:
        run.read_on()
        if run.reading:
            self._next_turn(run, self._read_on)
        else:
            self._work_off()

    def _next_turn(self, run: Run, work: Callable[[Run], None]) -> None:
        """Let the host's loop look after everybody else before this goes on."""

        def go_on(_: Any) -> None:
            if self._run is run:
                work(run)

        self._context.background(lambda: None, go_on)

    def _stop(self, mode: Mode) -> None:
        run = self._run
        if run is None or run.mode != mode:
            self._context.log.debug("%s.should_stop: none is running", mode)
            return
        run.stop(_ECHO_SECONDS)
        self._announce.stopping(run)
        # Pupil data do not travel with the notifications: some that were published before
        # this stop may still be on their way. An echo on their way comes back behind them.
        if not (self._context.wanted(_ECHO) and self._context.publish(_ECHO, {"run": id(run)})):
            self._fit(run)

    def _echoed(self, _topic: str, fields: Fields, _raw: Any) -> None:
        run = self._run
        if run and run.stopping and not run.fitting and fields.get("run") == id(run):
            self._fit(run)
            self._work_off()

    def _wait_for_data(self, run: Run) -> float | None:
        if run.patience > 0.0:
            return run.patience
        self._fit(run)
        self._work_off()
        return None

    def _report(self, run: Run) -> float | None:
        pause = self._settings.pause
        if not pause:
            return None
        if run.seconds - self._reported >= pause:
            self._reported = run.seconds
            self._announce.progress(run, run.preflight.new_concerns(run.seconds))
        return pause - (run.seconds - self._reported)

    def _fit(self, run: Run) -> None:
        self._warn_of_poor_data(run)
        run.preflight.new_concerns(run.seconds)
        try:
            work = run.fit(self._settings.fit == "pupil-3", self._settings.timeout)
        except ObstacleError as obstacle:
            self._tell_data(run)
            self._fail(str(obstacle))
        else:
            self._context.background(work, lambda answer: self._finish(run, answer))
            self._next_turn(run, self._tell_data)

    def _tell_data(self, run: Run) -> None:
        if not run.told:
            run.told = True
            self._announce.data(run)

    def _finish(self, run: Run, answer: Any) -> None:
        if self._run is not run:
            return
        self._tell_data(run)
        reason = reason_of(answer)
        if reason is not None:
            self._fail(reason, code=code_of(answer), figures=figures_of(answer))
            self._work_off()
        elif run.mode == "validation":
            self._succeed(answer)
        else:
            args = {**answer["params"], **self._options(run)}
            self._mappers.start(run.gazer, args, lambda it: self._decided(it, answer))

    def _options(self, run: Run) -> Mapping[str, str]:
        return run.as_original if self._settings.fit == "pupil-3" else {}

    def _decided(self, problem: str, answer: Fields) -> None:
        """Tell the result when the mapper runs, or why it does not."""
        if problem:
            self._fail(problem, code="mapper", figures=answer)
            self._work_off()
        else:
            self._succeed(answer)

    def _succeed(self, answer: Fields) -> None:
        run, self._run = self._run, None
        if run:
            self._announce.succeeded(run, answer, self._options(run))
        self._work_off()

    def _fail(self, reason: str, code: str = "", figures: Fields | None = None) -> None:
        run, self._run = self._run, None
        self._mappers.forget()
        if run:
            run.abandon()
            self._announce.failed(run, run.failure(reason, code, figures))

    def _refuse(self, mode: Mode, reason: str) -> None:
        self._announce.refused(mode, KINDS[DEFAULT_KIND].gazer, reason)

    def _warn_of_poor_data(self, run: Run) -> None:
        dropped = run.collection.share_unsure()
        if dropped >= _DROPPED_WORTH_A_WARNING:
            self._context.log.warning(
                "%.0f %% of the pupil data have a confidence below %g and are not used",
                100 * dropped,
                run.collection.census.threshold,
            )
