using System.Net;
using System.Net.WebSockets;
using System.Text;
using Appliance.Data;
using Appliance.Testing;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.Tests.Control;

public sealed class ControlSocketTests
{
    private const string Document = """{ "routes": [ { "name": "hi", "path": "/", "action": { "kind": "respond", "body": "hi" } } ] }""";
    private static readonly CancellationToken _none = CancellationToken.None;

    [Fact]
    public async Task Apply_OverTheSocket_IsLiveWhenItAnswers()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        using var node = await ConnectAsync(console.Folder);
        var answer = await ApplyAsync(node, Document);
        (answer.ExitCode, answer.Revision, answer.Summary).ShouldBe((0, 1, "Revision 1 is live."));
        answer.Changes.ShouldBe([new("added", "route", "hi")]);
        using var client = new HttpClient();
        (await client.GetStringAsync($"http://127.0.0.1:{console.Proxy.HttpEndPoint.Port}/")).ShouldBe("hi");
        var line = (await node.RevisionsAsync(_none)).ShouldHaveSingleItem();
        (line.Revision, line.Author, line.Origin, line.Comment, line.CreatedUtc.Kind).ShouldBe(
            (1, "tester", "apply", "a reason & more", DateTimeKind.Utc)
        );
    }

    [Fact]
    public async Task Export_ThenApply_NothingDiffers()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        using var node = await ConnectAsync(console.Folder);
        await ApplyAsync(node, Document);
        var answer = await ApplyAsync(node, await node.ExportAsync(_none));
        (answer.ExitCode, answer.Revision, answer.Changes.Count).ShouldBe((0, 1, 0));
    }

    [Theory]
    [InlineData("""{ "revision": 7, "routes": [] }""", "revision", "stale_revision")]
    [InlineData(
        """{ "routes": [ { "name": "a", "path": "/", "action": { "kind": "proxy", "pool": "none" } } ] }""",
        "routes/a/action/pool",
        null
    )]
    [InlineData("""{ "routes": [ """, "", null)]
    [InlineData("", "", null)]
    public async Task Apply_BadDocument_ExitsOneWithPathCodeAndSentence(string document, string path, string? code)
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        using var node = await ConnectAsync(console.Folder);
        var answer = await ApplyAsync(node, document);
        answer.ExitCode.ShouldBe(1);
        var problem = answer.Problems[0];
        problem.Path.ShouldBe(path);
        problem.Code.ShouldNotBeEmpty();
        if (code is not null)
            problem.Code.ShouldBe(code);
        problem.Message.ShouldEndWith(".");
        (await node.RevisionsAsync(_none)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Apply_DryRun_StoresNothing()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        using var node = await ConnectAsync(console.Folder);
        var answer = await node.ApplyAsync(Encoding.UTF8.GetBytes(Document), dryRun: true, "tester", "", _none);
        (answer.ExitCode, answer.Changes.Count).ShouldBe((0, 1));
        (await node.RevisionsAsync(_none)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Connections_OpenWebSocket_IsListedWithItsCounts()
    {
        await using var backend = await Web.Demo.DemoBackends.StartAsync([0], _none);
        await using var console = await ConsoleUnderTest.StartAsync();
        using var node = await ConnectAsync(console.Folder);
        (await node.ConnectionsAsync(_none)).ShouldBeEmpty();
        var document = $$"""
            { "routes": [ { "name": "ws", "path": "/", "action": { "kind": "proxy", "pool": "p" } } ],
              "upstreamPools": [ { "name": "p", "servers": [ { "address": "{{backend.Addresses[0]}}" } ] } ] }
            """;
        (await ApplyAsync(node, document)).ExitCode.ShouldBe(0);
        using var socket = new ClientWebSocket();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await socket.ConnectAsync(new($"ws://127.0.0.1:{console.Proxy.HttpEndPoint.Port}/x"), limit.Token);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, limit.Token);
        await socket.ReceiveAsync(new byte[100], limit.Token);
        var line = (await node.ConnectionsAsync(_none)).ShouldHaveSingleItem();
        (line.Route, line.Pool, line.Server, line.Path, line.MessagesFromClient, line.MessagesFromServer, line.Revision).ShouldBe(
            ("ws", "p", backend.Addresses[0], "/x", 1, 1, 1)
        );
        socket.Abort();
    }

    [Theory]
    [InlineData("GET", "/control/config")]
    [InlineData("POST", "/control/config?dryRun=nonsense")]
    [InlineData("DELETE", "/control/config")]
    [InlineData("GET", "/CONTROL/revisions")]
    [InlineData("GET", "/control/connections")]
    [InlineData("POST", "/control/connections/close")]
    [InlineData("POST", "/control/drains")]
    public async Task Tcp_ControlPaths_AreNotFound(string method, string target)
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        using var client = new HttpClient();
        using var answer = await client.SendAsync(new(new(method), $"http://127.0.0.1:{console.Port}{target}"));
        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Readyz_RunningAndStopping_SaysWhichRevisionRuns()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        using var node = await ConnectAsync(console.Folder);
        await ApplyAsync(node, Document);
        (await node.ReadinessAsync(_none)).ShouldBe(new(true, 1, 1, null, 0));
        await console.Proxy.StopAsync(_none);
        (await node.ReadinessAsync(_none)).Ready.ShouldBeFalse();
        using var client = new HttpClient();
        (await client.GetAsync($"http://localhost:{console.Port}/readyz")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await client.GetAsync($"http://localhost:{console.Port}/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Tcp_ForeignHost_IsMisdirected()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        (await RawHttp.GetAsync(console.Port, "/healthz", "evil.example")).Status.ShouldBe(421);
        (await RawHttp.GetAsync(console.Port, "/healthz", "localhost")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Start_SocketOfAKilledProcess_IsReplaced()
    {
        await using var console = await ConsoleUnderTest.StartAsync(folder =>
        {
            // What kill -9 leaves: the file of a socket that nobody listens on, here with a folder that is open to everybody.
            var path = ControlSocket.PathFor(folder);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        });
        using var node = await ConnectAsync(console.Folder);
        File.GetUnixFileMode(Path.Combine(console.Folder, "control"))
            .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task Connect_SocketWithoutAProcess_IsNobody()
    {
        var folder = Directory.CreateTempSubdirectory("appliance-stale-").FullName;
        (await RunningNode.TryConnectAsync(folder, _none)).ShouldBeNull();
        var path = ControlSocket.PathFor(folder);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        (await RunningNode.TryConnectAsync(folder, _none)).ShouldBeNull();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Prepare_PathTooLong_SaysSoInASentence()
    {
        var root = Directory.CreateTempSubdirectory("appliance-long-").FullName;
        using (var folder = DataFolder.Open(Path.Combine(root, new string('x', 100))))
            Should.Throw<StartException>(() => ControlSocket.Prepare(folder)).Message.ShouldContain("APPLIANCE_DATA");
        Directory.Delete(root, recursive: true);
    }

    private static async Task<RunningNode> ConnectAsync(string folder) =>
        (await RunningNode.TryConnectAsync(folder, _none)).ShouldNotBeNull();

    private static Task<ApplyAnswer> ApplyAsync(RunningNode node, string document) =>
        node.ApplyAsync(Encoding.UTF8.GetBytes(document), dryRun: false, "tester", "a reason & more", _none);
}
