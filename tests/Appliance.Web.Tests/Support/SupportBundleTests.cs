using System.IO.Compression;
using System.Text;
using Appliance.Testing;
using Appliance.Web.About;
using Appliance.Web.Hosting;
using Appliance.Web.Support;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Support;

/// <summary>The support bundle has what helps, and no secret.</summary>
public sealed class SupportBundleTests
{
    private const string Secret = "s3cr3t-of-the-tests";

    [Fact]
    public async Task Bundle_OfAConfigFullOfSecrets_HasNone()
    {
        await using var console = await ConsoleUnderTest.StartAsync(with: options =>
            options with
            {
                Lines = [new("APPLIANCE_DATA", "/data", true, false), new("APPLIANCE_METRICS_TOKEN", "", true, true)],
            }
        );
        var editor = console.Services.GetRequiredService<Appliance.Web.Editing.ConfigEditor>();
        var document = Proxy.Config.ConfigDocument.Parse(
            Encoding.UTF8.GetBytes(
                $$"""
                { "routes": [ { "name": "shop", "path": "/shop", "action": { "kind": "proxy", "pool": "shop" },
                                "headerConditions": [ { "name": "X-Key", "value": "{{Secret}}1" } ],
                                "queryConditions": [ { "name": "key", "value": "{{Secret}}2" } ],
                                "requestHeaders": [ { "name": "Authorization", "value": "Bearer {{Secret}}3" }, { "name": "Host", "value": "$host" } ],
                                "responseHeaders": [ { "name": "X-Made", "value": "{{Secret}}4" } ] },
                              { "name": "fixed", "path": "/fixed", "action": { "kind": "respond", "body": "{{Secret}}5" } },
                              { "name": "away", "path": "/away", "action": { "kind": "redirect", "location": "https://a.test/b?token={{Secret}}6" } } ],
                  "upstreamPools": [ { "name": "shop", "servers": [ { "address": "http://127.0.0.1:1" } ] } ],
                  "headerMaps": [ { "name": "$who", "source": "$http_x_key",
                                    "rows": [ { "pattern": "{{Secret}}7", "value": "{{Secret}}8" } ], "default": "{{Secret}}9" } ] }
                """
            )
        );
        await editor.ApplyAsync(
            _ => document.Document.ShouldNotBeNull(string.Join(' ', document.Problems.Select(one => one.Message))).Config,
            null,
            new(Data.Rights.Actor.Local("ann"), "", "apply"),
            false,
            CancellationToken.None
        );
        await Eventually.TrueAsync(() => Task.FromResult(console.Proxy.Report.RunningRevision == 1), "it runs");
        await RawHttp.SendAsync(
            console.Proxy.HttpEndPoint.Port,
            $"GET /shop?token={Secret}10&key={Secret}2 HTTP/1.1\r\nHost: a\r\nX-Key: {Secret}1\r\nUser-Agent: {Secret}11\r\n\r\n"
        );
        await console.Services.GetRequiredService<Appliance.Web.Live.ConsoleFeed>().RefreshAsync(CancellationToken.None);
        var files = Read(await console.Services.GetRequiredService<SupportBundle>().MakeAsync(CancellationToken.None));
        files.Keys.ShouldBe(
            ["about.txt", "settings.txt", "state.txt", "newest-config.json", "failed-requests.json", "metrics.txt", "revisions.txt"],
            ignoreOrder: true
        );
        foreach (var (name, text) in files)
            text.ShouldNotContain(Secret, Case.Sensitive, name);

        // What helps is there.
        files["settings.txt"].ShouldBe("APPLIANCE_DATA=/data\nAPPLIANCE_METRICS_TOKEN=(a secret, given)\n");
        files["newest-config.json"].ShouldContain("\"name\": \"Authorization\"");
        files["newest-config.json"].ShouldContain("\"$host\"");
        files["newest-config.json"].ShouldContain("https://a.test/b?");
        using var failed = System.Text.Json.JsonDocument.Parse(files["failed-requests.json"]);
        var request = failed.RootElement.EnumerateArray().ShouldHaveSingleItem();
        (request.GetProperty("route").GetString(), request.GetProperty("status").GetInt32()).ShouldBe(("shop", 502));
        (request.GetProperty("client").GetString(), request.GetProperty("endedUtc").GetDateTime().Kind).ShouldBe(("", DateTimeKind.Utc));
        request.GetProperty("servers")[0].GetProperty("server").GetString().ShouldBe("127.0.0.1:1");
        files["about.txt"].ShouldContain($"Console, http: 127.0.0.1:{console.Port}");
        files["state.txt"].ShouldContain("running: 1");
        files["metrics.txt"].ShouldContain("appliance_config_running_revision 1");
        files["revisions.txt"].ShouldStartWith("1 ");
    }

    [Theory]
    [InlineData("$http_upgrade", true)]
    [InlineData("${scheme}://$host$request_uri", true)]
    [InlineData("upgrade", true)]
    [InlineData("", true)]
    [InlineData("$remote_addr, $proxy_add_x_forwarded_for", true)]
    [InlineData("Bearer abc", false)]
    [InlineData("onabc", false)]
    [InlineData("$a-hunter2", false)]
    [InlineData("0123456789", false)]
    public void Value_OfVariablesAndWordsOfHttp_Stays(string value, bool stays)
    {
        var shown = BlackedOut.Of($$"""{ "value": "{{value}}" }""");
        shown.Contains($"\"{value}\"", StringComparison.Ordinal).ShouldBe(stays, shown);
    }

    // What is compared with a client's text is no template, whatever it looks like.
    [Theory]
    [InlineData("""{ "rows": [ { "pattern": "$ecretToken42", "value": "" } ] }""")]
    [InlineData("""{ "headerConditions": [ { "name": "X-Token", "value": "$ecretToken42" } ] }""")]
    [InlineData("""{ "queryConditions": [ { "name": "token", "value": "$ecretToken42" } ] }""")]
    [InlineData("""{ "location": "https://ann:$ecretToken42@shop@a.test/" }""")]
    [InlineData("""{ "location": "$scheme://ann:ecretToken42@a.test/" }""")]
    public void Text_OfAClient_IsNotShown(string document)
    {
        var shown = BlackedOut.Of(document);
        shown.ShouldNotContain("ecretToken42");
        shown.ShouldNotContain("ann:");
    }

    // A value that almost fits costs no more than its length.
    [Fact]
    public void Value_MadeToBeSlow_IsNot() =>
        BlackedOut.Of($$"""{ "value": "{{string.Concat(Enumerable.Repeat("$aon", 5_000))}}!" }""").ShouldContain("20001 characters");

    [Fact]
    public void Settings_Secrets_HaveNoValue()
    {
        var reading = ApplianceOptions.Read(
            name =>
                name switch
                {
                    "APPLIANCE_METRICS_TOKEN" => Secret,
                    "APPLIANCE_ADMIN_USER" => "ann",
                    "APPLIANCE_ADMIN_PASSWORD" => Secret,
                    "APPLIANCE_OIDC_2_AUTHORITY" => "https://login.example.com",
                    "APPLIANCE_OIDC_2_CLIENT_ID" => "appliance",
                    "APPLIANCE_OIDC_2_CLIENT_SECRET" => Secret,
                    "APPLIANCE_OIDC_2_ROLE_RULES" => "groups:admins=Administrator",
                    _ => null,
                },
            []
        );
        reading.Problems.ShouldBeEmpty();
        var options = reading.Options.ShouldNotBeNull();
        options.Lines.ShouldAllBe(line => !line.Value.Contains(Secret) && !line.Shown.Contains(Secret));
        options
            .Lines.Where(line => line.IsSecret)
            .Select(line => line.Name)
            .ShouldBe(["APPLIANCE_ADMIN_PASSWORD", "APPLIANCE_METRICS_TOKEN", "APPLIANCE_OIDC_2_CLIENT_SECRET"], ignoreOrder: true);
        options
            .Lines.Single(line => line.Name == "APPLIANCE_HTTP_PORT")
            .ShouldBe(new SettingLine("APPLIANCE_HTTP_PORT", "8080", false, false));
    }

    private static Dictionary<string, string> Read(byte[] bundle)
    {
        using var zip = new ZipArchive(new MemoryStream(bundle));
        return zip.Entries.ToDictionary(
            entry => entry.Name,
            entry =>
            {
                using var reader = new StreamReader(entry.Open());
                return reader.ReadToEnd();
            }
        );
    }
}
