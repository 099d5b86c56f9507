"""An event loop for Dask that is waited for until it runs.

Left to itself `distributed` starts its loop in a thread and gives up with a bare AssertionError if that has not
happened within ten seconds, which a busy or suspended machine can exceed.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tornado.ioloop import IOLoop


@contextmanager
def running_loop() -> Iterator["IOLoop"]:
    """A loop in a thread of its own until the block is left; whoever was given it must be closed by then."""
    from tornado.ioloop import IOLoop

    async def own() -> IOLoop:
        return IOLoop.current()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="event loop for Dask", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(own(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
