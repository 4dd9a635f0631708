"""`pbx serve` as a process: its signals, its configuration file, its exit status.

    SIGTERM, SIGINT  drain, close, 0          SIGHUP  read the configuration again

A SIGHUP that comes while the exchange starts is obeyed when it has started; one that comes while
it stops is not.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from pathlib import Path

from config.settings import Settings
from pbx.service.daemon import Daemon, StartError, folder
from pbx.service.journal.journal import JournalError
from pbx.service.record.store import StoreError
from pbx.service.sound.sound_files import SoundError
from pbx.service.versions.running import RunningFiles

try:  # an optional extra: about half the time for each message
    from uvloop import new_event_loop
except ImportError:
    from asyncio import new_event_loop  # type: ignore[assignment]

GC_THRESHOLDS = (5_000, 20, 50)  # calls make little rubbish in circles; a full sweep is rare
SWITCH_S = 0.0005  # how long a call may wait for the thread that writes the record


def _complain(text: str) -> int:
    print(text, file=sys.stderr, flush=True)
    return 2


def serve(config: Path, *, data: str = "", drain_s: float = 0) -> int:
    """Run the exchange until SIGTERM or SIGINT; the exit status: 0, or 2 after saying why."""
    early: list[int] = []  # signals that came before there was an exchange to obey them
    signal.signal(signal.SIGHUP, lambda number, frame: early.append(number))
    files = RunningFiles(config, [f"site.data={data}"] if data else [])
    settings = files.take()
    if isinstance(settings, list):
        return _complain("\n".join(str(problem) for problem in settings))
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(_serve(settings, files, early=early, drain_s=drain_s))
    except (StartError, StoreError, JournalError, SoundError) as error:
        return _complain(str(error))
    except OSError as error:
        text = error.strerror or str(error)
        return _complain(f"{error.filename}: {text}" if error.filename else text)
    return 0


async def _serve(
    settings: Settings, files: RunningFiles, *, early: list[int], drain_s: float
) -> None:
    path = folder(Path(settings.site.data))
    daemon = Daemon(settings, path, load=files.take, files=files)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stopping.set)
    loop.add_signal_handler(signal.SIGHUP, daemon.hang_up)
    if early:
        daemon.hang_up()
    await daemon.open()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    sys.setswitchinterval(SWITCH_S)
    print(f"ready {' '.join(settings.sip.listen)} {daemon.where}", flush=True)
    await daemon.stopping.wait()
    await daemon.drain(drain_s)
    daemon.close()
