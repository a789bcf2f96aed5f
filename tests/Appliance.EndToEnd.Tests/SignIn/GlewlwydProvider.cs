using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Appliance.Testing;
using Microsoft.Data.Sqlite;

namespace Appliance.EndToEnd.Tests.SignIn;

/// <summary>
/// Debian's glewlwyd, an OpenID Connect provider in C that shares no code with any other of the tests: a child process on loopback with a
/// database of its own.
/// </summary>
public sealed class GlewlwydProvider : IAsyncDisposable
{
    /// <summary>Everybody's password.</summary>
    public const string Password = "a long password";

    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-glewlwyd-").FullName;
    private readonly int _port = FreePorts.Next();
    private Process? _process;

    private GlewlwydProvider() { }

    /// <summary>Its name.</summary>
    public string Issuer => $"{Address}/api/oidc";

    private string Address => $"http://127.0.0.1:{_port}";

    /// <summary>Starts it with the console as a client, olga of the group ops and nora of none that has a role.</summary>
    public static async Task<GlewlwydProvider> StartAsync(string consoleUrl)
    {
        var provider = new GlewlwydProvider();
        provider.WriteFiles();
        await provider.StartAgainAsync();
        using var client = ConsoleWithProvider.Browser();
        await provider.PostAsync(client, "auth/", new { username = "admin", password = "password" });
        await provider.PostAsync(
            client,
            "mod/plugin/",
            new
            {
                module = "oidc",
                name = "oidc",
                display_name = "OpenID Connect",
                parameters = provider.Plugin(),
            }
        );
        await provider.PostAsync(
            client,
            "client/",
            new
            {
                client_id = HostileProvider.ClientId,
                name = "The console",
                confidential = true,
                client_secret = HostileProvider.ClientSecret,
                password = HostileProvider.ClientSecret,
                redirect_uri = new[] { consoleUrl + "/signin-oidc" },
                authorization_type = new[] { "code" },

                // It does not decode what the header of basic holds: our secret, which has blanks, gets in by the other way only.
                token_endpoint_auth_method = new[] { "client_secret_basic", "client_secret_post" },
                scope = new[] { "openid" },
                enabled = true,
            }
        );
        foreach (var (name, group) in new[] { ("olga", "ops"), ("nora", "staff") })
            await provider.PostAsync(
                client,
                "user/",
                new
                {
                    username = name,
                    name,
                    password = Password,
                    scope = new[] { "openid", "g_profile" },
                    groups = group,
                    enabled = true,
                }
            );
        return provider;
    }

    /// <summary>Lets somebody sign in there and come back: what a person does at its page, by the calls that its page makes.</summary>
    public async Task<Uri> SignInAsync(HttpClient browser, Uri question, string name)
    {
        using var asked = await browser.GetAsync(question);
        var page = asked.Headers.Location.ShouldNotBeNull();
        if (!page.AbsolutePath.EndsWith("/login.html", StringComparison.Ordinal))
            return page;
        await PostAsync(browser, "auth/", new { username = name, password = Password });
        using var grant = await browser.PutAsJsonAsync($"{Address}/api/auth/grant/{HostileProvider.ClientId}", new { scope = "openid" });
        grant.EnsureSuccessStatusCode();
        var on = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(page.Query)["callback_url"].ToString();
        using var back = await browser.GetAsync(on + "&g_continue");
        return back.Headers.Location.ShouldNotBeNull();
    }

    /// <summary>Ends it, as a crash would.</summary>
    public async Task StopAsync()
    {
        if (_process is not { HasExited: false } process)
            return;
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Starts it on the same database and waits until it answers.</summary>
    public async Task StartAgainAsync()
    {
        _process?.Dispose();
        _process = Process.Start(
            new ProcessStartInfo("glewlwyd", ["-c", Path.Combine(_folder, "glewlwyd.conf")])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        ) ?? throw new InvalidOperationException("glewlwyd did not start; run ./dev test, which installs it.");
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var client = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await client.GetAsync(Address + "/config/")).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "glewlwyd answers"
        );
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task PostAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync($"{Address}/api/{path}", body);
        answer.IsSuccessStatusCode.ShouldBeTrue($"{path}: {await answer.Content.ReadAsStringAsync()}");
    }

    // The package's own files: its configuration with another address, and its database, in which people also have groups.
    private void WriteFiles()
    {
        var database = Path.Combine(_folder, "glewlwyd.db");
        var changes = new Dictionary<string, string>
        {
            ["port="] = $"port={_port}",
            ["#bind_address="] = "bind_address=\"127.0.0.1\"",
            ["external_url="] = $"external_url=\"{Address}\"",
            ["log_mode="] = "log_mode=\"console\"",
            ["@include"] = $"database = {{ type = \"sqlite3\"; path = \"{database}\"; }};",
        };
        var lines = File.ReadLines("/etc/glewlwyd/glewlwyd.conf")
            .Select(line => changes.FirstOrDefault(change => line.StartsWith(change.Key, StringComparison.Ordinal)).Value ?? line);
        File.WriteAllLines(Path.Combine(_folder, "glewlwyd.conf"), lines);
        using var connection = new SqliteConnection($"Data Source={database}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            File.ReadAllText("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
            + """
                UPDATE g_user_module_instance SET gumi_parameters =
                  '{"use-glewlwyd-connection":true,"data-format":{"groups":{"multiple":false,"read":true,"write":true}}}';
                """;
        command.ExecuteNonQuery();
    }

    private Dictionary<string, object> Plugin()
    {
        using var key = RSA.Create(2048);
        return new()
        {
            ["iss"] = Issuer,
            ["jwt-type"] = "rsa",
            ["jwt-key-size"] = "256",
            ["key"] = key.ExportPkcs8PrivateKeyPem(),
            ["cert"] = key.ExportSubjectPublicKeyInfoPem(),
            ["access-token-duration"] = 3600,
            ["refresh-token-duration"] = 86400,
            ["code-duration"] = 60,
            ["refresh-token-rolling"] = false,
            ["allow-non-oidc"] = false,
            ["auth-type-code-enabled"] = true,
            ["auth-type-token-enabled"] = false,
            ["auth-type-id-token-enabled"] = true,
            ["auth-type-password-enabled"] = false,
            ["auth-type-client-enabled"] = false,
            ["auth-type-refresh-enabled"] = false,
            ["jwks-show"] = true,
            ["subject-type"] = "public",
            ["pkce-allowed"] = true,
            ["pkce-method-plain-allowed"] = false,
            ["session-management-allowed"] = false,
            ["oauth-par-allowed"] = true,
            ["oauth-par-required"] = true,
            ["oauth-par-request_uri-prefix"] = "urn:appliance:",
            ["oauth-par-duration"] = 90,
            ["name-claim"] = "mandatory",
            ["email-claim"] = "no",
            ["claims"] = new[]
            {
                new Dictionary<string, object>
                {
                    ["name"] = "groups",
                    ["user-property"] = "groups",
                    ["type"] = "string",
                    ["mandatory"] = true,
                    ["on-demand"] = false,
                    ["scope"] = Array.Empty<string>(),
                },
            },
        };
    }
}
