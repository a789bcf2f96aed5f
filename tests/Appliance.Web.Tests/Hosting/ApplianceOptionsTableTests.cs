using System.Net;
using Appliance.Web.Hosting;

namespace Appliance.Web.Tests.Hosting;

public sealed class ApplianceOptionsTableTests
{
    [Theory]
    [InlineData("APPLIANCE_HTTP_PORT", "-1")]
    [InlineData("APPLIANCE_HTTP_PORT", "65536")]
    [InlineData("APPLIANCE_HTTP_PORT", "80 80")]
    [InlineData("APPLIANCE_HTTP_PORT", "0x50")]
    [InlineData("APPLIANCE_CONSOLE_PORT", "http")]
    [InlineData("APPLIANCE_BIND", "8080")]
    [InlineData("APPLIANCE_BIND", "10.1")]
    [InlineData("APPLIANCE_BIND", "localhost")]
    [InlineData("APPLIANCE_BIND", "256.1.1.1")]
    [InlineData("APPLIANCE_CONSOLE_BIND", "*")]
    [InlineData("APPLIANCE_PUBLIC_URL", "proxy.example.com")]
    [InlineData("APPLIANCE_PUBLIC_URL", "/console")]
    [InlineData("APPLIANCE_PUBLIC_URL", "ftp://proxy.example.com")]
    [InlineData("APPLIANCE_TRUSTED_PROXIES", "10.0.0.0/33")]
    [InlineData("APPLIANCE_TRUSTED_PROXIES", "10.0.0.0/8, proxy")]
    [InlineData("APPLIANCE_TRUSTED_PROXIES", "10")]
    [InlineData("APPLIANCE_DROP_UNDERSCORE_HEADERS", "yes")]
    [InlineData("APPLIANCE_RELAY", "iouring")]
    [InlineData("APPLIANCE_RELAY", "1")]
    [InlineData("APPLIANCE_FORWARDER", "nginx")]
    [InlineData("APPLIANCE_FORWARDER", "0")]
    [InlineData("APPLIANCE_LOG_LEVEL", "trace,debug")]
    [InlineData("APPLIANCE_LOG_LEVEL", "2")]
    [InlineData("APPLIANCE_LOG_LEVEL", "verbose")]
    [InlineData("APPLIANCE_LOG_FORMAT", "xml")]
    [InlineData("APPLIANCE_ACCESS_LOG", "stdout,")]
    [InlineData("APPLIANCE_ACCESS_LOG", "stdout,stdout")]
    [InlineData("APPLIANCE_ACCESS_LOG", "/a,/b")]
    [InlineData("APPLIANCE_ACCESS_LOG", "off,/a")]
    [InlineData("APPLIANCE_ACCESS_LOG_SIZE", "1g")]
    [InlineData("APPLIANCE_DRAIN_SECONDS", "3601")]
    [InlineData("APPLIANCE_DRAIN_SECONDS", "1m")]
    [InlineData("APPLIANCE_SHUTDOWN_SECONDS", "3601")]
    [InlineData("APPLIANCE_SHUTDOWN_SECONDS", "1.5")]
    public void Read_BadValue_NamesSettingValueAndWhatItTakes(string setting, string value)
    {
        var reading = Read((setting, value));
        reading.Options.ShouldBeNull();
        var accepts = ApplianceOptions.Variables.Single(variable => variable.Name == setting).Accepts;
        reading.Problems.ShouldBe([$"{setting} is \"{value}\"; it takes {accepts}."]);
    }

    // What is refused stands in logs of a start, which many read.
    [Theory]
    [InlineData("APPLIANCE_PUBLIC_URL", "https://user:geheim9@proxy.example.com", "https://\u2026@proxy.example.com", "No user")]
    [InlineData("APPLIANCE_PUBLIC_URL", "https://proxy.example.com/?a=geheim9", "https://proxy.example.com/?\u2026", "it takes")]
    [InlineData("APPLIANCE_OTLP_ENDPOINT", "http://user:geheim9@host:4317", "http://\u2026@host:4317", "use APPLIANCE_OTLP_HEADERS.")]
    [InlineData("APPLIANCE_OTLP_ENDPOINT", "http://user:geh/eim9@host", "http://\u2026@host", "use APPLIANCE_OTLP_HEADERS.")]
    [InlineData("APPLIANCE_OTLP_ENDPOINT", "user:geheim9@host:4317", "\u2026@host:4317", "use APPLIANCE_OTLP_HEADERS.")]
    [InlineData("APPLIANCE_OTLP_ENDPOINT", "grpc://host?geheim9", "grpc://host?\u2026", "it takes")]
    [InlineData("APPLIANCE_TRUSTED_PROXIES", "http://u:geheim9@10.0.0.1", "http://\u2026@10.0.0.1", "it takes")]
    [InlineData("APPLIANCE_ADMIN_PASSWORD_FILE", "geheim9", "\u2026", "it takes")]
    [InlineData("APPLIANCE_METRICS_TOKEN_FILE", "geheim9", "\u2026", "it takes")]
    [InlineData("APPLIANCE_OIDC_AUTHORITY", "http://u:geheim9@10.0.0.1", "http://\u2026@10.0.0.1", "it takes")]
    [InlineData("APPLIANCE_OIDC_CLIENT_SECRET_FILE", "geheim9", "\u2026", "it takes")]
    [InlineData("APPLIANCE_LOG_LEVEL", "a\u001b[31mb", "a\\u001B[31mb", "it takes")]
    public void Read_BadValueWithASecret_DoesNotSayIt(string setting, string value, string said, string advice)
    {
        var problem = Read((setting, value)).Problems.Single(problem => problem.StartsWith(setting + " is", StringComparison.Ordinal));
        problem.ShouldContain($"is \"{said}\";");
        problem.ShouldContain(advice);
        problem.ShouldNotContain("eim9");
        problem.ShouldNotContain("\u001b");
    }

    [Theory]
    [InlineData("APPLIANCE_BIND", "::")]
    [InlineData("APPLIANCE_BIND", " 127.0.0.1 ")]
    [InlineData("APPLIANCE_HTTP_PORT", "0")]
    [InlineData("APPLIANCE_HTTP_PORT", "65535")]
    [InlineData("APPLIANCE_HTTP_PORT", "")]
    [InlineData("APPLIANCE_PUBLIC_URL", "http://proxy.example.com:8443/appliance")]
    [InlineData("APPLIANCE_TRUSTED_PROXIES", "10.0.0.0/8,\t::1 192.0.2.1")]
    [InlineData("APPLIANCE_PROXY_PROTOCOL", "OFF")]
    [InlineData("APPLIANCE_PROXY_HEALTH", "/-/healthz")]
    [InlineData("APPLIANCE_DROP_UNDERSCORE_HEADERS", "True")]
    [InlineData("APPLIANCE_RELAY", "Stream")]
    [InlineData("APPLIANCE_FORWARDER", "Yarp")]
    [InlineData("APPLIANCE_LOG_LEVEL", "NONE")]
    [InlineData("APPLIANCE_LOG_FORMAT", "JSON")]
    [InlineData("APPLIANCE_ACCESS_LOG", "OFF")]
    [InlineData("APPLIANCE_ACCESS_LOG", "stdout")]
    [InlineData("APPLIANCE_ACCESS_LOG", "/var/log/a.log, stdout")]
    [InlineData("APPLIANCE_ACCESS_LOG_FORMAT", "json")]
    [InlineData("APPLIANCE_ACCESS_LOG_FORMAT", "$remote_addr \"$request\" $status")]
    [InlineData("APPLIANCE_DRAIN_SECONDS", "3600")]
    [InlineData("APPLIANCE_SHUTDOWN_SECONDS", "0")]
    public void Read_GoodValue_IsTaken(string setting, string value) => Read((setting, value)).Problems.ShouldBeEmpty();

    [Theory]
    [InlineData("APPLIANCE_PROXY_PROTOCOL", "v2")]
    [InlineData("APPLIANCE_PROXY_HEALTH", "/")]
    [InlineData("APPLIANCE_PROXY_HEALTH", "healthz")]
    [InlineData("APPLIANCE_PROXY_HEALTH", "/a?b")]
    [InlineData("APPLIANCE_PROXY_HEALTH", "/a b")]
    public void Read_BadValueOfTheEdge_IsRefused(string setting, string value) =>
        Read_BadValue_NamesSettingValueAndWhatItTakes(setting, value);

    [Fact]
    public void Read_FormatWithAnUnknownVariable_NamesIt() =>
        Read(("APPLIANCE_ACCESS_LOG_FORMAT", "$remote_adr $status"))
            .Problems.ShouldHaveSingleItem()
            .ShouldEndWith("Variable $remote_adr at position 1 does not exist. Did you mean $remote_addr?");

    [Fact]
    public void Read_ProxyProtocolWithoutTrustedProxies_SaysWhatIsMissing()
    {
        Read(("APPLIANCE_PROXY_PROTOCOL", "on")).Problems.ShouldHaveSingleItem().ShouldContain("APPLIANCE_TRUSTED_PROXIES is not set");
        Read(("APPLIANCE_PROXY_PROTOCOL", "on"), ("APPLIANCE_TRUSTED_PROXIES", "10.0.0.1"))
            .Options.ShouldNotBeNull()
            .ProxyProtocol.ShouldBeTrue();
    }

    [Fact]
    public void Read_SamePortForBoth_IsOneProblemNamingBoth()
    {
        var problem = Read(("APPLIANCE_HTTP_PORT", "9000"), ("APPLIANCE_CONSOLE_PORT", "9000")).Problems.ShouldHaveSingleItem();
        problem.ShouldContain("APPLIANCE_HTTP_PORT");
        problem.ShouldContain("APPLIANCE_CONSOLE_PORT");
    }

    [Fact]
    public void Read_SamePortOnTwoAddresses_IsFine() =>
        Read(("APPLIANCE_HTTP_PORT", "9000"), ("APPLIANCE_CONSOLE_PORT", "9000"), ("APPLIANCE_BIND", "192.0.2.1")).Problems.ShouldBeEmpty();

    [Fact]
    public void Read_TrustedProxies_AddressesBecomeNetworksOfOne() =>
        Read(("APPLIANCE_TRUSTED_PROXIES", "10.0.0.0/8 192.0.2.1,::1"))
            .Options!.TrustedProxies.ShouldBe([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("192.0.2.1/32"), IPNetwork.Parse("::1/128")]);

    [Theory]
    [InlineData("APPLIANCE_DATTA", " Did you mean APPLIANCE_DATA?")]
    [InlineData("APPLIANCE_SOMETHING_ELSE", "")]
    public void Read_UnknownVariable_IsAWarningWithTheNearestName(string name, string hint)
    {
        var reading = ApplianceOptions.Read(_ => null, [name, "APPLIANCE_DATA", "HOME"]);
        reading.Options.ShouldNotBeNull();
        reading.Warnings.ShouldBe([$"{name} is not a setting.{hint}"]);
    }

    private static SettingsReading Read(params (string Name, string Value)[] set) =>
        ApplianceOptions.Read(name => set.FirstOrDefault(one => one.Name == name).Value, set.Select(one => one.Name));
}
