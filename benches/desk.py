"""A desktop to measure the app on: a display, a bus and a panel of its own. Needs dbus-next and python-xlib."""

import asyncio
import os
import subprocess
import threading
import time

from measure import TICK, Failed

GIVE_UP_S = 60


class Desk:
    """Xvfb, a session bus, and a panel that knows when an icon came."""

    def __init__(self, home):
        self.home = home
        os.makedirs(os.path.join(home, "run"), mode=0o700)
        self.servers = []
        self.display = ":" + self._server("Xvfb", "-displayfd", "1", "-screen", "0", "1280x900x24", "-noreset", "-nolisten", "tcp")
        self.bus = self._server("dbus-daemon", "--session", "--nofork", "--print-address=1")
        self.env = {
            "PATH": os.environ["PATH"], "HOME": home, "XDG_RUNTIME_DIR": os.path.join(home, "run"), "DISPLAY": self.display,
            "DBUS_SESSION_BUS_ADDRESS": self.bus, "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1",
        }  # fmt: skip
        self.panel = Panel(self.bus)

    def _server(self, *cmd):
        server = subprocess.Popen(cmd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.servers.append(server)
        return server.stdout.readline().decode().strip()

    def close_window(self):
        """As the button in its frame does."""
        from Xlib import X, display, error
        from Xlib.protocol import event

        with_x = display.Display(self.display)
        root = with_x.screen().root
        atom = with_x.intern_atom
        for window in root.query_tree().children:
            try:
                is_ours = window.get_wm_name() == "Scrollback" and window.get_attributes().map_state == X.IsViewable
            except error.BadWindow:
                continue  # gone while we looked
            if is_ours:
                data = (32, [atom("WM_DELETE_WINDOW"), X.CurrentTime, 0, 0, 0])
                window.send_event(event.ClientMessage(window=window, client_type=atom("WM_PROTOCOLS"), data=data))
        with_x.sync()
        with_x.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.panel.close()
        for server in reversed(self.servers):
            server.kill()
            server.wait()


class Panel:
    """What a tray is to the app: it hears of an icon, and can click on it."""

    def __init__(self, address):
        self.came = threading.Event()
        self.came_at = self.item = None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self._do(self._serve(address))

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(GIVE_UP_S)

    async def _serve(self, address):
        from dbus_next.aio import MessageBus
        from dbus_next.constants import PropertyAccess
        from dbus_next.service import ServiceInterface, dbus_property, method

        panel = self

        class Watcher(ServiceInterface):
            @method()
            def RegisterStatusNotifierItem(self, service: "s"):  # noqa: F821
                panel.came_at, panel.item = time.perf_counter(), service
                panel.came.set()

            @method()
            def RegisterStatusNotifierHost(self, service: "s"):  # noqa: F821
                pass

            @dbus_property(access=PropertyAccess.READ)
            def IsStatusNotifierHostRegistered(self) -> "b":  # noqa: F821
                return True

            @dbus_property(access=PropertyAccess.READ)
            def ProtocolVersion(self) -> "i":  # noqa: F821
                return 0

            @dbus_property(access=PropertyAccess.READ)
            def RegisteredStatusNotifierItems(self) -> "as":  # noqa: F821, F722
                return []

        self.connection = await MessageBus(bus_address=address).connect()
        self.connection.export("/StatusNotifierWatcher", Watcher("org.kde.StatusNotifierWatcher"))
        await self.connection.request_name("org.kde.StatusNotifierWatcher")

    def wait(self):
        if not self.came.wait(GIVE_UP_S):
            raise Failed("no icon came into the tray")
        self.came.clear()
        return self.came_at

    def click(self):
        """A left click; when it was sent."""
        from dbus_next import Message

        click = Message(
            destination=self.item, path="/StatusNotifierItem", interface="org.kde.StatusNotifierItem",
            member="Activate", signature="ii", body=[0, 0],
        )  # fmt: skip
        began = time.perf_counter()
        self._do(self.connection.call(click))
        return began

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


class App:
    """The app in the tray, from its start to its end."""

    def __init__(self, desk, binary, data, source):
        self.desk = desk
        # What it says of its pages comes at this level.
        cmd = [binary, "--hidden", "-v", "--data-dir", data, "--source", f"claude-code={source}"]
        self.said = threading.Event()
        began = time.perf_counter()
        self.process = subprocess.Popen(
            cmd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=desk.env
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.to_tray = desk.panel.wait() - began

    def _read(self):
        for line in self.process.stderr:
            if b"ui_ready" in line:
                self.painted_at = time.perf_counter()
                self.said.set()

    def open(self):
        """Seconds from a click on the icon to a page that has painted."""
        clicked = self.desk.panel.click()
        if not self.said.wait(GIVE_UP_S):
            raise Failed("the window has painted nothing")
        self.said.clear()
        return self.painted_at - clicked

    def tree(self):
        """It and everything it has started."""
        parents = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat") as file:
                        parents[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
                except OSError:
                    pass  # it has ended
        tree = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in tree} - tree:
            tree |= more
        return tree

    def pss_mb(self):
        total = 0
        for pid in self.tree():
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        return total / 1024

    def cpu(self):
        total = 0
        for pid in self.tree():
            with open(f"/proc/{pid}/stat") as file:
                total += sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
        return total / TICK

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
