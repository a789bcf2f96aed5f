using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Docs;

/// <summary>Every session that a page prints is typed into a shell, and answers as it is printed.</summary>
public sealed class PrintedSessionsTests
{
    // What must be there first, by the first command of the session. A session without a line here fails.
    private static readonly Dictionary<string, Func<Stage, Task>> _scenes = new()
    {
        ["appliance export -o config.json"] = async stage =>
        {
            await stage.ChatAsync();
            stage.Real["$EDITOR"] = "./edit";
            // An editor of somebody who adds a second version of the chat.
            await stage.WriteAsync(
                "edit",
                """
                #!/bin/sh
                exec node -e 'const fs = require("fs"), file = process.argv[1], all = JSON.parse(fs.readFileSync(file));
                  all.routes[0].path = "/chat2"; all.upstreamPools.push({ ...all.upstreamPools[0], name: "chat-v2" }); fs.writeFileSync(file, JSON.stringify(all))' "$1"

                """
            );
            File.SetUnixFileMode(Path.Combine(stage.Product.Folder, "edit"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        },
        ["appliance apply config.json [stale_revision]"] = async stage =>
        {
            await stage.ChatAsync();
            var old = (await stage.Product.RunAsync("export")).Output;
            (await stage.Product.ApplyAsync("""{ "routes": [] }""")).ExitCode.ShouldBe(0);
            await stage.WriteAsync("config.json", old);
        },
        ["appliance apply config.json [unknown_pool]"] = async stage =>
        {
            await stage.Product.StartAsync();
            await stage.WriteAsync(
                "config.json",
                """{ "routes": [ { "name": "chat", "path": "/chat", "action": { "kind": "proxy", "pool": "chat" } } ] }"""
            );
        },
        ["appliance apply config.json [Nothing is running]"] = stage =>
            stage.WriteAsync(
                "config.json",
                """{ "routes": [ { "name": "chat", "path": "/chat", "action": { "kind": "respond", "body": "hi" } } ] }"""
            ),
        ["appliance revisions"] = stage => stage.ChatAsync(),
        ["appliance diff live 1"] = async stage =>
        {
            await stage.Product.StartAsync();
            const string Chat = """{ "name": "chat", "path": "/chat", "action": { "kind": "proxy", "pool": "chat" } }""";
            const string Pools = """[ { "name": "chat", "servers": [ { "address": "http://127.0.0.1:9" } ] } ]""";
            var second = Chat.Replace("\"chat\", \"path\": \"/chat\"", "\"chat-2\", \"path\": \"/chat-2\"");
            foreach (var routes in new[] { Chat, Chat + "," + second })
                (await stage.Product.ApplyAsync($$"""{ "routes": [ {{routes}} ], "upstreamPools": {{Pools}} }""")).ExitCode.ShouldBe(0);
        },
        ["appliance certificates --within 14d"] = async stage =>
        {
            var folder = Directory.CreateDirectory(Path.Combine(stage.Product.Folder, "certificates")).FullName;
            foreach (
                var (name, hosts, days) in new[]
                {
                    ("Chat", new[] { "chat.example.com", "chat.example.net" }, 10),
                    ("site", ["example.com", "www.example.com"], 80),
                }
            )
            {
                var (chain, key, _) = Issue.Pem(hosts, days);
                await File.WriteAllTextAsync(Path.Combine(folder, name + ".pem"), chain);
                await File.WriteAllTextAsync(Path.Combine(folder, name + ".key"), key);
            }

            stage.Product.Settings["APPLIANCE_CERTIFICATES"] = folder;
            stage.Product.Settings["APPLIANCE_HTTPS_PORT"] = "0";
            await stage.Product.StartAsync();
        },
        ["appliance connections --route chat --sort message-rate --descending --limit 2"] = async stage =>
        {
            await stage.ChatAsync();
            await stage.OpenAsync(4);
        },
        ["appliance connections --ended --limit 2"] = async stage =>
        {
            await stage.ChatAsync();
            await stage.OpenAsync(2);
            await stage.EndAllAsync();
        },
        ["appliance connections --refused --route chat --limit 2"] = async stage =>
        {
            await stage.ChatAsync();
            using var client = new HttpClient();
            using var lame = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{stage.Product.HttpPort}/chat")
            {
                Headers =
                {
                    { "Connection", "Upgrade" },
                    { "Upgrade", "websocket" },
                    { "Sec-WebSocket-Version", "12" },
                    { "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==" },
                },
            };
            (await client.SendAsync(lame)).IsSuccessStatusCode.ShouldBeFalse();
        },
        ["appliance requests --failed --limit 2"] = async stage =>
        {
            await stage.Product.StartAsync();
            (
                await stage.Product.ApplyAsync(
                    """
                    { "routes": [ { "name": "reports", "path": "/reports", "action": { "kind": "proxy", "pool": "reports" } } ],
                      "upstreamPools": [ { "name": "reports", "servers": [ { "address": "http://127.0.0.1:9" } ] } ] }
                    """
                )
            ).ExitCode.ShouldBe(0);
            using var client = new HttpClient();
            for (var asked = 0; asked < 3; asked++)
                using (var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{stage.Product.HttpPort}/reports/today")))
                    ((int)answer.StatusCode).ShouldBe(502);
        },
        ["appliance log level debug --area servers --for 10m"] = stage => stage.ChatAsync(),
        ["appliance close --client 192.0.2.0/24 --idle 10m --dry-run"] = async stage =>
        {
            await stage.ChatAsync();
            await stage.OpenAsync(2, "127.0.0.2"); // those that are closed by their ids
            stage.Real["4711 5203"] = string.Join(' ', await stage.IdsAsync());
            await stage.OpenAsync(4);
            stage.Real["10m"] = "0s";
        },
        ["appliance drain server http://10.0.0.1:8010 --leave --code 1012 --reason \"new version\" --window 2m --wait"] = async stage =>
        {
            await stage.ChatAsync();
            await stage.OpenAsync(3);
            stage.Real["--window 2m"] = "--window 2s";
        },
        ["appliance audit --action connections --result failed --limit 2"] = async stage =>
        {
            await stage.ChatAsync();
            for (var saved = 0; saved < 3; saved++)
                (
                    await stage.Product.ApplyAsync($$"""{ "headerMaps": [ { "name": "$m{{saved}}", "source": "$host" } ] }""")
                ).ExitCode.ShouldBe(0);
            stage.Real["connections --result failed"] = "config --result ok";
        },
        ["appliance audit verify --expect 5c0f0d1be1b1cd2b1d4d2ee5e1a6b3e35bd2d60ed0b6b7b60e57e5e2ad4cb21f"] = stage => stage.ChatAsync(),
        ["appliance token create ci --scope write --expires 90d"] = stage => stage.Product.StartAsync(),
        ["appliance sign-in-link --user ann"] = stage =>
        {
            stage.Product.Settings["APPLIANCE_ADMIN_USER"] = "ann";
            stage.Product.Settings["APPLIANCE_ADMIN_PASSWORD"] = "a long enough password";
            return stage.Product.StartAsync();
        },
    };

    public static TheoryData<string> Printed() =>
        [.. DocPages.Blocks().Where(block => block.Language == "console").Select(block => block.ToString())];

    [Theory]
    [MemberData(nameof(Printed))]
    public async Task Session_TypedAsPrinted_AnswersAsPrinted(string place)
    {
        var block = DocPages.Blocks().Single(one => one.ToString() == place);
        var scene = _scenes.SingleOrDefault(one => Fits(one.Key, block)).Value;
        scene.ShouldNotBeNull($"{block} prints a session that no scene of {nameof(PrintedSessionsTests)} prepares: {block.Lines[0]}");
        await using var stage = new Stage();
        await scene(stage);
        await new Transcript(block).PlayAsync(stage.Product, stage.Real);
    }

    [Fact]
    public void Scenes_EachHasItsSession() =>
        _scenes.Keys.Where(key => !DocPages.Blocks().Any(block => block.Language == "console" && Fits(key, block))).ShouldBeEmpty();

    [Theory]
    [InlineData("Closed 2 WebSockets with code 4000.", "Closed 17 WebSockets with code 1001.\n", true)]
    [InlineData("Closed 2 WebSockets with code 4000.", "Closed 17 sockets with code 1001.\n", false)]
    [InlineData("Closed 2 WebSockets with code 4000.", "Closed 17 WebSockets with code 1001.\nand more\n", false)]
    [InlineData("ID    ROUTE|1     chat  x", "ID  ROUTE\n7   feed  y\n8   feed  z\n", true)]
    [InlineData("ID    ROUTE|1     chat  x", "ID  ROUTE\n", false)]
    [InlineData("ID    ROUTE|1     chat  x", "ID  NAME\n7   feed  y\n", false)]
    [InlineData("error: [a] ...|...", "error: [a] b c\nd\ne\n", true)]
    public void Transcript_WordsArePromises_NumbersAreExamples(string printed, string answer, bool fits) =>
        System.Text.RegularExpressions.Regex.IsMatch(answer, Transcript.Pattern(printed.Split('|'))).ShouldBe(fits);

    // "command [word]": the session with that first command whose answer has the word.
    private static bool Fits(string key, DocBlock block)
    {
        var (command, word) =
            key.EndsWith(']') && key.LastIndexOf(" [", StringComparison.Ordinal) is var at and > 0
                ? (key[..at], key[(at + 2)..^1])
                : (key, "");
        return block.Lines[0] == "$ " + command && block.Text.Contains(word);
    }
}
