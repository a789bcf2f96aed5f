using Appliance.Testing;
using Appliance.Web.Hosting;

namespace Appliance.Web.Tests.Hosting;

public sealed class ApplianceOptionsTests
{
    [Fact]
    public void Read_Nothing_IsTheDefaults()
    {
        var (options, problems, _) = ApplianceOptions.Read(_ => null, []);
        problems.ShouldBeEmpty();
        (options!.HttpPort, options.ConsolePort, options.Data).ShouldBe((8080, 8081, "./data"));
        options.Shutdown.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Read_EverySettingBad_IsReportedAtOnceByName()
    {
        var bad = ApplianceOptions
            .Variables.Select(variable => variable.Name)
            .Except([
                "APPLIANCE_DATA",
                "APPLIANCE_LEGO",
                "APPLIANCE_KEY_FILE",
                "APPLIANCE_ACCESS_LOG",
                "APPLIANCE_ACCESS_LOG_FORMAT",
                "APPLIANCE_OIDC_CLIENT_ID",
                "APPLIANCE_OIDC_CLIENT_SECRET",
            ])
            .ToList();
        var (options, problems, _) = ApplianceOptions.Read(
            name =>
                name switch
                {
                    "APPLIANCE_ADMIN_USER" => new('x', 65),
                    "APPLIANCE_ADMIN_PASSWORD" => "short",
                    "APPLIANCE_OIDC_CLIENT_ID" => "console",
                    "APPLIANCE_OIDC_NAME" => new('x', 41),
                    _ => bad.Contains(name) ? "~nonsense~" : null,
                },
            []
        );
        options.ShouldBeNull();
        problems.Count.ShouldBe(bad.Count);
        bad.ShouldAllBe(name => problems.Any(problem => problem.StartsWith(name + " ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Read_Values_AreTaken()
    {
        var (options, _, warnings) = ApplianceOptions.Read(
            name =>
                name switch
                {
                    "APPLIANCE_TRUSTED_PROXIES" => "10.0.0.0/8, 192.0.2.1 2001:db8::/32",
                    "APPLIANCE_PUBLIC_URL" => "https://proxy.example.com",
                    "APPLIANCE_LOG_LEVEL" => "Debug",
                    _ => null,
                },
            ["APPLIANCE_HTP_PORT", "PATH"]
        );
        options!.TrustedProxies.Length.ShouldBe(3);
        options.PublicUrl!.Host.ShouldBe("proxy.example.com");
        options.LogLevel.ShouldBe(Microsoft.Extensions.Logging.LogLevel.Debug);
        warnings.Single().ShouldContain("APPLIANCE_HTTP_PORT");
    }

    [Fact]
    public void Read_AdminPassword_IsNeverRepeated() =>
        ApplianceOptions
            .Read(name => name == "APPLIANCE_ADMIN_PASSWORD" ? "hunter2" : null, [])
            .Problems.ShouldHaveSingleItem()
            .ShouldNotContain("hunter2");

    [Fact]
    public void Read_AdminUserWithoutPassword_SaysWhatIsMissing() =>
        ApplianceOptions
            .Read(name => name == "APPLIANCE_ADMIN_USER" ? "ann" : null, [])
            .Problems.ShouldHaveSingleItem()
            .ShouldContain("APPLIANCE_ADMIN_PASSWORD_FILE");

    [Fact]
    public void Read_AdminPasswordFile_IsReadWithoutItsLineEnd()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "a good password\n");
            ApplianceOptions
                .Read(
                    name =>
                        name switch
                        {
                            "APPLIANCE_ADMIN_USER" => "ann",
                            "APPLIANCE_ADMIN_PASSWORD_FILE" => file,
                            _ => null,
                        },
                    []
                )
                .Options!.AdminPassword.ShouldBe("a good password");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("short\n")]
    [InlineData("")]
    public void Read_AdminPasswordFileWithABadPassword_NamesTheFilesSettingAndNotThePassword(string content)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, content);
            var problem = ApplianceOptions
                .Read(
                    name =>
                        name switch
                        {
                            "APPLIANCE_ADMIN_USER" => "ann",
                            "APPLIANCE_ADMIN_PASSWORD_FILE" => file,
                            _ => null,
                        },
                    []
                )
                .Problems.ShouldHaveSingleItem();
            problem.ShouldStartWith($"APPLIANCE_ADMIN_PASSWORD_FILE is \"{file}\"; it takes ");
            problem.ShouldContain("8 to 256 characters");
            problem.ShouldNotContain("short");
        }
        finally
        {
            File.Delete(file);
        }
    }

    // The page on systemd has people install it as it is.
    [Fact]
    public void Example_AsTheEnvironment_IsTheDefaults()
    {
        var all = File.ReadLines(Path.Combine(Repository.Root, "appliance.env.example"))
            .Where(line => line.StartsWith("APPLIANCE_", StringComparison.Ordinal))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        var read = ApplianceOptions.Read(all.GetValueOrDefault, all.Keys);
        read.Problems.ShouldBeEmpty();
        read.Warnings.ShouldBeEmpty();
        read.Options!.Oidc.ShouldBeEmpty();
        read.Options.ToString().ShouldBe(new ApplianceOptions().ToString());
    }

    // A shell, systemd and docker agree on these alone: quotes are part of the value for docker, and a blank ends it for a shell.
    [Fact]
    public void Example_Values_NeedNoQuotesForAnyReader() =>
        File.ReadLines(Path.Combine(Repository.Root, "appliance.env.example"))
            .Where(line => !line.StartsWith('#') && line.Length > 0)
            .ShouldAllBe(line => System.Text.RegularExpressions.Regex.IsMatch(line, "^[A-Z0-9_]+=[A-Za-z0-9._:/,@%+-]*$"));

    [Fact]
    public void Example_File_EqualsTheOptions() =>
        File.ReadLines(Path.Combine(Repository.Root, "appliance.env.example"))
            .Where(line => line.StartsWith("APPLIANCE_", StringComparison.Ordinal))
            .ShouldBe(
                ApplianceOptions.Variables.Select(variable =>
                    $"{variable.Name}={(variable.Name == "APPLIANCE_KEY_FILE" ? "" : variable.Default)}"
                )
            );
}
