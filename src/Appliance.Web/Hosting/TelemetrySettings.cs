using System.Collections.Immutable;
using Appliance.Web.Startup;
using static Appliance.Web.Hosting.Setting;

namespace Appliance.Web.Hosting;

/// <summary>The settings of metrics, a row each; a part of <see cref="Settings"/>.</summary>
internal static class TelemetrySettings
{
    private const int LeastToken = 16;

    /// <summary>The settings.</summary>
    public static ImmutableArray<Setting> All { get; } =
    [
        Of(
            "APPLIANCE_METRICS_TOKEN",
            "",
            "a token of 16 to 256 letters, digits and signs without blanks, or nothing",
            Token,
            With(TakeToken)
        ) with
        {
            IsSecret = true,
        },
        Of(
            "APPLIANCE_METRICS_TOKEN_FILE",
            "",
            "a file that can be read, with a token of 16 to 256 letters, digits and signs in it, or nothing",
            TokenFile,
            With<string?>((telemetry, token) => TakeToken(telemetry, token ?? telemetry.MetricsToken))
        ),
        Of(
            "APPLIANCE_METRICS_PORT",
            "",
            "a port, 0 to 65535, or nothing",
            text => SettingText.PortOr(text, ""),
            With<int?>((telemetry, port) => telemetry with { MetricsPort = port })
        ),
        Of(
            "APPLIANCE_METRICS_BIND",
            "127.0.0.1",
            "an IP address",
            SettingText.Address,
            With<System.Net.IPAddress>((telemetry, address) => telemetry with { MetricsBind = address })
        ),
        Of(
            "APPLIANCE_OTLP_ENDPOINT",
            "",
            "an absolute http or https URL, as http://localhost:4317, or nothing",
            SettingText.Url,
            With<Uri?>((telemetry, url) => telemetry with { OtlpEndpoint = url })
        ) with
        {
            IsUrl = true,
            Fault = text => RefusedText.UserFault(text, "APPLIANCE_OTLP_HEADERS"),
        },
        Of(
            "APPLIANCE_OTLP_PROTOCOL",
            "grpc",
            "grpc or http",
            text => SettingText.Either(text, "grpc", "http"),
            With<bool>((telemetry, grpc) => telemetry with { OtlpIsGrpc = grpc })
        ),
        Of(
            "APPLIANCE_OTLP_HEADERS",
            "",
            "name=value pairs with commas in between, or nothing",
            Headers,
            With<string?>((telemetry, headers) => telemetry with { OtlpHeaders = headers })
        ) with
        {
            IsSecret = true,
        },
        Of(
            "APPLIANCE_OTLP_SIGNALS",
            "traces,metrics,logs",
            "traces, metrics and logs, those that are wanted, with commas in between",
            Signals,
            With<ImmutableHashSet<string>>((telemetry, signals) => telemetry with { OtlpSignals = signals })
        ),
        Of(
            "APPLIANCE_OTLP_SAMPLING",
            "10",
            "the percentage of requests that have a trace, 0 to 100",
            text => SettingText.Number(text, 100),
            With<int>((telemetry, percent) => telemetry with { OtlpSampling = percent / 100.0 })
        ),
    ];

    private static Func<ApplianceOptions, T, ApplianceOptions> With<T>(Func<TelemetryOptions, T, TelemetryOptions> apply) =>
        (options, value) => options with { Telemetry = apply(options.Telemetry, value) };

    private static Func<ApplianceOptions, string?, ApplianceOptions> With(Func<TelemetryOptions, string?, TelemetryOptions> apply) =>
        With<string?>(apply);

    private static TelemetryOptions TakeToken(TelemetryOptions telemetry, string? token) => telemetry with { MetricsToken = token };

    // As it can stand in a header.
    private static (bool Ok, string? Value) Token(string text) =>
        text.Length == 0 ? (true, null)
        : text.Length is >= LeastToken and <= 256 && text.All(letter => letter is > ' ' and < '\u007f') ? (true, text)
        : (false, null);

    private static (bool Ok, string? Value) Headers(string text) =>
        text.Length == 0 ? (true, null)
        : text.Split(',').All(pair => pair.IndexOf('=', StringComparison.Ordinal) > 0)
        && text.All(letter => letter is >= ' ' and < '\u007f')
            ? (true, text)
        : (false, null);

    private static (bool Ok, ImmutableHashSet<string> Value) Signals(string text)
    {
        ImmutableHashSet<string> signals = [.. text.ToLowerInvariant().Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)];
        return (signals.Count > 0 && signals.All(signal => signal is "traces" or "metrics" or "logs"), signals);
    }

    // A file that is empty is a mistake: without a token, the port of metrics would be open.
    private static (bool Ok, string? Value) TokenFile(string file)
    {
        if (file.Length == 0)
            return (true, null);
        return SettingText.SecretFile(file) is (true, { } text) && Token(text.Trim()) is (true, { } token) ? (true, token) : (false, null);
    }
}
