"""The figures as tables for the terminal, plain text elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table

from gazed_plugins.bench.agreement import Agreement
from gazed_plugins.bench.report import Report, Result

_WIDTH = 100

Row = tuple[str, ...]

_PLACE = ("n", "1 px", "2 px", "5 px", "1 %", "IoU", "centre", "diam.")
_TRUST = ("sure", "2 px", "5 px", "1 %", "closed", "ECE", "AUC", "at 0.9")
_BLIND = ("pictures", "sure")
_TIMES = ("median", "p95", "p99", "first / this")
_ALIKE = ("both sure", "alike")


def console() -> Console:
    """Return standard output: as wide as the terminal is, and not too narrow anywhere else."""
    terminal = Console(markup=False, highlight=False)
    return terminal if terminal.is_terminal else Console(width=_WIDTH, markup=False)


def show(report: Report, out: Console) -> None:
    """Print what a user wants to know first; the file has the rest."""
    labelled = [entry for entry in report.results if entry.scores.pupils or entry.scores.closed]
    unlabelled = [entry for entry in report.results if entry.kind == "unlabelled"]
    _show(
        out,
        labelled,
        "Pupils found, percent within; medians of IoU and errors in px",
        _PLACE,
        _place,
    )
    _show(
        out,
        labelled,
        "Confidence: percent sure (0.6 or more), of these within; closed eyes called sure",
        _TRUST,
        _trust,
    )
    _show(out, unlabelled, "Without labels: percent of pictures answered surely", _BLIND, _blind)
    _show_agreement(out, report.agreement)
    _show(out, report.results, "Milliseconds of processor time a frame", _TIMES, _times)
    for contender in report.contenders:
        if contender.failure:
            out.print(f"{contender.label} takes no part: {contender.failure}")


def _place(result: Result) -> Row:
    scores = result.scores
    return (
        str(scores.pupils),
        percent(scores.within_1_px),
        percent(scores.within_2_px),
        percent(scores.within_5_px),
        percent(scores.within_1_percent),
        _decimal(scores.iou),
        _decimal(scores.center_error_px),
        _decimal(scores.diameter_error_px),
    )


def _trust(result: Result) -> Row:
    scores, trust = result.scores, result.scores.reliability
    return (
        percent(scores.confident),
        percent(scores.precision_2_px),
        percent(scores.precision_5_px),
        percent(scores.precision_1_percent),
        f"{scores.false_alarms} of {scores.closed}",
        _decimal(trust.calibration_error),
        _decimal(trust.auc),
        percent(trust.near_at_0_9),
    )


def _blind(result: Result) -> Row:
    return str(result.scores.pictures), percent(result.scores.confident)


def _times(result: Result) -> Row:
    ms = result.scores.ms
    return _decimal(ms.median), _decimal(ms.p95), _decimal(ms.p99), _decimal(result.ms_ratio)


def percent(share: float | None) -> str:
    """Return a share in percent, a dash for none."""
    return "-" if share is None else f"{100 * share:.1f}"


def _decimal(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _show(
    out: Console,
    results: Sequence[Result],
    title: str,
    columns: Row,
    cells: Callable[[Result], Row],
) -> None:
    """Print a row for each result; below the name of their set when there are several detectors."""
    if not results:
        return
    out.print(title, style="bold")
    several = len({result.detector for result in results}) > 1
    table = _table(columns)
    for name, group in groupby(results, key=lambda result: f"{result.set} {result.mode}"):
        if several:
            table.add_row(name)
        for result in group:
            table.add_row(f"    {result.detector}" if several else name, *cells(result))
    out.print(table)
    out.print()


def _show_agreement(out: Console, agreement: Sequence[Agreement]) -> None:
    if not agreement:
        return
    out.print("Without labels: percent of which both are sure, and of these alike", style="bold")
    table = _table(_ALIKE)
    for name, group in groupby(agreement, key=lambda entry: f"{entry.set} {entry.mode}"):
        table.add_row(name)
        for entry in group:
            shares = percent(entry.both_confident), percent(entry.alike)
            table.add_row(f"    {' & '.join(entry.detectors)}", *shares)
    out.print(table)
    out.print()


def _table(figures: Row) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column(overflow="fold")
    for name in figures:
        table.add_column(name, justify="right")
    return table
