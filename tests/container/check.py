"""Builds the image and drives a container of it from the first start to an upgrade: ./dev image [--upgrade-from COMMIT] [options of the engine's build].

Needs Docker or Podman on Linux, the two base images or a way to them, and python3-websockets. Containers share the machine's network, on free ports of
loopback, so that they reach the back ends that are started here.
"""
import asyncio, contextlib, http, json, os, re, resource, shutil, socket, subprocess, sys, tempfile, time, urllib.request
import websockets

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
IMAGE = "localhost/appliance:check"
NAME = f"appliance-check-{os.getpid()}"
DOCUMENT = """{ "routes": [ { "name": "all", "path": "/", "action": { "kind": "proxy", "pool": "p" } } ],
  "upstreamPools": [ { "name": "p", "servers": [ { "address": "http://127.0.0.1:%d" } ] } ] }"""


def find_engine():
    for name in ("docker", "podman"):
        if shutil.which(name) and subprocess.run([name, "info"], capture_output=True).returncode == 0:
            return name
    sys.exit("Neither Docker nor Podman runs here; install one of them.")


def call(*command, ok=(0,), **more):
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    if run.returncode not in ok:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    return run.stdout + run.stderr


def seen(what, holds=True, figure=""):
    print(f"  {'ok  ' if holds else 'FAIL'} {what}{': ' if figure else ''}{figure}", flush=True)
    assert holds, what


def until(condition, what, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, AssertionError):
            if answer := condition():
                return answer
        time.sleep(0.02)
    raise AssertionError(f"Waited in vain until {what}.")


def get(port, path="/"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return answer.read().decode()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Container:
    """One container on a volume, as docs/operations/container.md tells people to run it."""

    def __init__(self, engine, volume, image=IMAGE):
        self.engine, self.volume, self.image, self.name, self.http, self.https, self.console = engine, volume, image, NAME, free_port(), free_port(), free_port()
        self.machine = ["--network", "host", "--volume", f"{volume}:/data"]
        for name, kind, wanted in (("nofile", resource.RLIMIT_NOFILE, 65536), ("nproc", resource.RLIMIT_NPROC, 4096)):
            allowed = resource.getrlimit(kind)[1]  # Podman would ask for more than that
            most = wanted if allowed < 0 else min(wanted, allowed)
            self.machine += ["--ulimit", f"{name}={most}:{most}"]
        self.options = [*self.machine, "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
        if engine == "podman":
            self.options += ["--read-only-tmpfs=false"]  # as Docker: no place to write but the volume
        for setting, value in {"BIND": "127.0.0.1", "HTTP_PORT": self.http, "HTTPS_PORT": self.https, "CONSOLE_BIND": "127.0.0.1", "CONSOLE_PORT": self.console}.items():
            self.options += ["--env", f"APPLIANCE_{setting}={value}"]

    def start(self):
        self.started = time.monotonic()
        call(self.engine, "run", "--detach", "--name", self.name, *self.options, self.image)

    def execute(self, *command, **more):
        return call(self.engine, "exec", *(["--interactive"] if "input" in more else []), self.name, *command, **more)

    def once(self, *command):
        """`docker run --rm IMAGE COMMAND` on the same volume."""
        return call(self.engine, "run", "--rm", *self.options, self.image, *command)

    def logs(self):
        return call(self.engine, "logs", self.name)

    def healthy(self):
        if self.engine == "podman":  # whose timer needs systemd
            return subprocess.run(["podman", "healthcheck", "run", self.name], capture_output=True).returncode == 0
        return call(self.engine, "inspect", "--format", "{{.State.Health.Status}}", self.name).strip() == "healthy"

    def begin_stop(self):
        return subprocess.Popen([self.engine, "stop", "--time", "30", self.name], stdout=subprocess.DEVNULL)

    def exit_code(self):
        return int(call(self.engine, "inspect", "--format", "{{.State.ExitCode}}", self.name))

    def remove(self):
        subprocess.run([self.engine, "rm", "--force", self.name], capture_output=True)


async def hear_close(container, stopping):
    """Opens a WebSocket through the proxy, echoes, stops the container, and says with what the socket was closed."""
    async with websockets.connect(f"ws://127.0.0.1:{container.http}/") as one:
        await one.send("hello")
        seen("a WebSocket echoes", await one.recv() == "hello")
        stopping.append(await asyncio.to_thread(container.begin_stop))
        with contextlib.suppress(websockets.ConnectionClosed):
            await asyncio.wait_for(one.recv(), 30)
        return one.close_code


def life(engine, volume, backend):
    first = Container(engine, volume)
    try:
        print("first start, empty volume")
        first.start()
        until(first.healthy, "it is healthy")
        seen("healthy", figure=f"{time.monotonic() - first.started:.1f} s from the engine's run")
        link = re.search(r"http://\S+/setup\?token=\S+", first.logs())
        seen("the log has the setup link", bool(link))
        seen("the setup page opens", "Appliance" in get(first.console, link[0].split(str(first.console), 1)[1]))
        status = first.execute("cat", "/proc/1/status")
        seen("process 1 is the product, of user 1654", bool(re.search(r"^Uid:\s+1654\s", status, re.M)) and "appliance" in status.splitlines()[0].lower())
        seen("no capabilities, no new privileges", bool(re.search(r"^CapEff:\s+0+$", status, re.M)) and bool(re.search(r"^NoNewPrivs:\s+1$", status, re.M)))
        refused = [place for place in ("/app/x", "/tmp/x", "/home/app/x") if subprocess.run([engine, "exec", first.name, "touch", place], capture_output=True).returncode]
        seen("nothing but the volume can be written", len(refused) == 3)
        said = first.execute("appliance", "apply", "-", input=DOCUMENT % backend)
        seen("a config is applied in the container", "Revision 1 is live." in said)
        seen("a request is proxied", "from the back end" in get(first.http, "/plain"))
        seen("another container on the volume asks the running one", "Ready: revision 1" in first.once("healthcheck"))
        stopping = []
        code = asyncio.run(hear_close(first, stopping))
        seen("SIGTERM closes it with 1001", code == 1001, str(code))
        stopping[0].wait(60)
        seen("exit code 0", first.exit_code() == 0)
        seen("run IMAGE export", '"name": "all"' in first.once("export"))
    finally:
        first.remove()

    print("a new container on the same volume")
    second = Container(engine, volume)
    try:
        second.start()
        until(lambda: "from the back end" in get(second.http, "/plain"), "a request is proxied")
        seen("the first request is proxied", figure=f"{time.monotonic() - second.started:.1f} s from the engine's run")
        until(second.healthy, "it is healthy")  # the proxy serves before the console listens for commands
        seen("its revisions are there", "apply" in second.execute("appliance", "revisions"))
        time.sleep(10)  # not for a condition: memory is read when it has been idle
        status = second.execute("cat", "/proc/1/status")
        figures = {name: int(re.search(rf"^{name}:\s+(\d+) kB", status, re.M)[1]) // 1024 for name in ("VmRSS", "RssAnon")}
        seen("idle memory", figure=f"{figures['VmRSS']} MB resident, {figures['RssAnon']} MB of it its own")
        began = time.monotonic()
        second.execute("appliance", "healthcheck")
        seen("one health check", figure=f"{time.monotonic() - began:.1f} s")
        second.begin_stop().wait(60)
        seen("exit code 0", second.exit_code() == 0)
    finally:
        second.remove()


def old_data(commit, folder, backend):
    """A data folder as an older commit leaves it: built and run here, without a container."""
    source = os.path.join(folder, "source")
    os.mkdir(source)
    subprocess.run(f"git -C '{ROOT}' archive {commit} | tar x -C '{source}'", shell=True, check=True)
    call("dotnet", "build", f"{source}/src/Appliance.Web", "-c", "Release", "-v", "q")
    program = ["dotnet", f"{source}/src/Appliance.Web/bin/Release/net10.0/Appliance.Web.dll"]
    data = os.path.join(folder, "data")
    console = free_port()
    more = {"APPLIANCE_DATA": data, "APPLIANCE_BIND": "127.0.0.1", "APPLIANCE_HTTP_PORT": str(free_port()), "APPLIANCE_HTTPS_PORT": str(free_port()), "APPLIANCE_CONSOLE_PORT": str(console),
            "APPLIANCE_ADMIN_USER": "ann", "APPLIANCE_ADMIN_PASSWORD": "a password of before"}
    old = subprocess.Popen(program, env=os.environ | more, stdout=subprocess.DEVNULL)
    try:
        until(lambda: get(console, "/readyz"), "the old version is ready")
        call(*program, "apply", "-", input=DOCUMENT % backend, env=os.environ | more)
    finally:
        old.terminate()
        old.wait(60)
    return data


def upgrade(engine, volume, commit, backend):
    print(f"upgrade from {commit}")
    container = Container(engine, volume)
    with tempfile.TemporaryDirectory() as folder:
        data = old_data(commit, folder, backend)
        try:
            call(engine, "create", "--name", container.name, "--volume", f"{volume}:/data", IMAGE)
            call(engine, "cp", f"{data}/.", f"{container.name}:/data")
            container.remove()
            call(engine, "run", "--rm", "--user", "0", *container.machine, "--entrypoint", "chown", IMAGE, "-R", "1654:0", "/data")
            container.start()
            until(lambda: "from the back end" in get(container.http, "/plain"), "a request is proxied")
            seen("the old config is live", figure=f"{time.monotonic() - container.started:.1f} s from the engine's run, migration included")
            seen("the copy from before the migration is beside it", "before-migration" in container.execute("ls", "/data"))
            seen("the administrator is still there", "/setup?token=" not in container.logs())
            container.begin_stop().wait(60)
            seen("exit code 0", container.exit_code() == 0)
        finally:
            container.remove()


@contextlib.contextmanager
def backend():
    """An echo for WebSockets that answers plain requests, too; its port."""
    ready = []

    async def serve():
        async def echo(one, path=None):
            async for message in one:
                await one.send(message)

        async def plain(path, headers):
            return (http.HTTPStatus.OK, [], b"from the back end\n") if "Upgrade" not in headers else None

        async with websockets.serve(echo, "127.0.0.1", 0, process_request=plain) as server:
            ready.append((asyncio.get_running_loop(), asyncio.Event(), server.sockets[0].getsockname()[1]))
            await ready[0][1].wait()

    import threading
    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    loop, over, port = until(lambda: ready and ready[0], "the back end listens")
    yield port
    loop.call_soon_threadsafe(over.set)
    thread.join(10)


def main(arguments):
    commit = None
    if arguments[:1] == ["--upgrade-from"]:
        commit, arguments = arguments[1], arguments[2:]
    engine = find_engine()
    began = time.monotonic()
    form = ["--format", "docker"] if engine == "podman" else []  # the other form has no health check
    subprocess.run([engine, "build", *form, "--tag", IMAGE, *arguments, ROOT], check=True)
    print(f"built by {engine} in {time.monotonic() - began:.0f} s")
    about = json.loads(call(engine, "inspect", "--type", "image", IMAGE))[0]
    seen("image", about["Config"]["User"] == "1654", f"{about['Size'] / 1e6:.0f} MB")
    volumes = [f"{NAME}-data", f"{NAME}-upgrade"]
    try:
        with backend() as port:
            life(engine, volumes[0], port)
            if commit:
                upgrade(engine, volumes[1], commit, port)
    finally:
        subprocess.run([engine, "volume", "rm", "--force", *volumes], capture_output=True)
    print("The image does what it promises.")


if __name__ == "__main__":
    main(sys.argv[1:])
