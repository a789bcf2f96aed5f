using System.Collections.Immutable;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Dialing;
using Appliance.Web.Startup;
using static Appliance.Web.Hosting.Setting;

namespace Appliance.Web.Hosting;

/// <summary>
/// Every setting but those of identity providers, a row each, in the order of <c>appliance.env.example</c>. A new setting is a row here, a
/// property of <see cref="ApplianceOptions"/> and a line in that file and in the table of <c>docs/operations/run.md</c>; tests compare
/// them.
/// </summary>
internal static class Settings
{
    private const string Ports = "a port, 0 to 65535";
    private const string Networks = "addresses and networks like 10.0.0.0/8, separated by commas or spaces";
    private const string Files = "a file that can be read, or nothing";

    public static ImmutableArray<Setting> All { get; } =
    [
        Of("APPLIANCE_DATA", "./data", "a folder", SettingText.FileName, (options, folder) => options with { Data = folder }),
        Of("APPLIANCE_BIND", "0.0.0.0", "an IP address", SettingText.Address, (options, address) => options with { Bind = address }),
        Of("APPLIANCE_HTTP_PORT", "8080", Ports, SettingText.Port, (options, port) => options with { HttpPort = port }),
        Of(
            "APPLIANCE_HTTPS_PORT",
            "8443",
            $"{Ports}, or off",
            text => SettingText.PortOr(text, "off"),
            (options, port) => options with { HttpsPort = port }
        ),
        Of("APPLIANCE_CERTIFICATES", "", "a folder that can be read, or nothing", SettingText.ExistingFolder, (options, folder) =>
            options with
            {
                Certificates = folder,
            }
        ),
        Of("APPLIANCE_LEGO", "lego", "a program by its name or its path", SettingText.FileName, (options, program) =>
            options with
            {
                Lego = program,
            }
        ),
        Of("APPLIANCE_CONSOLE_BIND", "127.0.0.1", "an IP address", SettingText.Address, (options, address) =>
            options with
            {
                ConsoleBind = address,
            }
        ),
        Of("APPLIANCE_CONSOLE_PORT", "8081", Ports, SettingText.Port, (options, port) => options with { ConsolePort = port }),
        Of(
            "APPLIANCE_CONSOLE_HTTPS_PORT",
            "",
            $"{Ports}, or nothing",
            text => SettingText.PortOr(text, ""),
            (options, port) => options with { ConsoleHttpsPort = port }
        ),
        Of("APPLIANCE_CONSOLE_CERTIFICATE", "", Files, SettingText.ExistingFile, (options, file) =>
            options with
            {
                ConsoleCertificate = file,
            }
        ),
        Of("APPLIANCE_CONSOLE_KEY", "", Files, SettingText.ExistingFile, (options, file) => options with { ConsoleKey = file }),
        Of("APPLIANCE_PUBLIC_URL", "", "an absolute http or https URL, or nothing", SettingText.Url, (options, url) =>
            options with
            {
                PublicUrl = url,
            }
        ) with
        {
            IsUrl = true,
            Fault = text => RefusedText.UserFault(text, null),
        },
        Of(
            "APPLIANCE_ADMIN_USER",
            "",
            "a user name of at most 64 characters, or nothing",
            text => SettingText.Text(text, 64),
            (options, name) => options with { AdminUser = name }
        ),
        Of("APPLIANCE_ADMIN_PASSWORD", "", "a password of 8 to 256 characters, or nothing", SettingText.Password, (options, password) =>
            options with
            {
                AdminPassword = password,
            }
        ) with
        {
            IsSecret = true,
        },
        Of(
            "APPLIANCE_ADMIN_PASSWORD_FILE",
            "",
            "a file that can be read, with a password of 8 to 256 characters in it, or nothing",
            SettingText.PasswordFile,
            (options, password) => options with { AdminPassword = password ?? options.AdminPassword }
        ),
        Of("APPLIANCE_LOCAL_SIGN_IN", "true", "true or false", SettingText.YesNo, (options, yes) => options with { LocalSignIn = yes }),
        Of(
            "APPLIANCE_SESSION_IDLE_MINUTES",
            "720",
            "minutes, 1 to 525600",
            text => SettingText.Number(text, 525_600, least: 1),
            (options, minutes) => options with { Sessions = options.Sessions with { Idle = TimeSpan.FromMinutes(minutes) } }
        ),
        Of(
            "APPLIANCE_SESSION_HOURS",
            "168",
            "hours, 1 to 8760",
            text => SettingText.Number(text, 8_760, least: 1),
            (options, hours) => options with { Sessions = options.Sessions with { Absolute = TimeSpan.FromHours(hours) } }
        ),
        Of(
            "APPLIANCE_AUDIT_DAYS",
            "0",
            "days, 0 to 36500; 0 keeps everything",
            text => SettingText.Number(text, 36_500),
            (options, days) => options with { AuditKept = days > 0 ? TimeSpan.FromDays(days) : null }
        ),
        Of("APPLIANCE_TRUSTED_PROXIES", "", Networks, SettingText.Networks, (options, networks) =>
            options with
            {
                TrustedProxies = networks,
            }
        ),
        Of(
            "APPLIANCE_PROXY_PROTOCOL",
            "off",
            "on or off",
            text => SettingText.Either(text, "on", "off"),
            (options, on) => options with { ProxyProtocol = on }
        ),
        Of("APPLIANCE_PROXY_HEALTH", "", "a path, as /-/healthz, or nothing", SettingText.PathOnly, (options, path) =>
            options with
            {
                ProxyHealth = path,
            }
        ),
        Of(
            "APPLIANCE_DENIED_UPSTREAMS",
            Destinations.Metadata,
            $"{Networks}, or none",
            text => text.Equals("none", StringComparison.OrdinalIgnoreCase) ? (true, []) : SettingText.Networks(text),
            (options, networks) => options with { DeniedUpstreams = networks }
        ),
        Of(
            "APPLIANCE_KEY_FILE",
            "",
            "a file; empty is master.key in the data folder",
            text => SettingText.Text(text),
            (options, file) => options with { KeyFile = file }
        ),
        Of("APPLIANCE_DROP_UNDERSCORE_HEADERS", "true", "true or false", SettingText.YesNo, (options, yes) =>
            options with
            {
                DropUnderscoreHeaders = yes,
            }
        ),
        Of("APPLIANCE_RELAY", "auto", "auto, epoll or stream", SettingText.Relay, (options, relay) => options with { Relay = relay }),
        Of("APPLIANCE_FORWARDER", "auto", "auto or yarp", SettingText.Forwarder, (options, forwarder) =>
            options with
            {
                Forwarder = forwarder,
            }
        ),
        Of(
            "APPLIANCE_LOG_LEVEL",
            "information",
            "trace, debug, information, warning, error, critical or none",
            SettingText.Level,
            (options, level) => options with { LogLevel = level }
        ),
        Of(
            "APPLIANCE_LOG_FORMAT",
            "text",
            "text or json",
            text => SettingText.Either(text, "json", "text"),
            (options, json) => options with { JsonLog = json }
        ),
        Of(
            "APPLIANCE_ACCESS_LOG",
            "off",
            "off, stdout, a path, or stdout and a path with a comma in between",
            SettingText.AccessLog,
            (options, to) => options with { AccessLogToOutput = to.Output, AccessLogFile = to.File }
        ),
        Of(
            "APPLIANCE_ACCESS_LOG_FORMAT",
            "combined",
            "combined, json, or a template as in nginx's log_format",
            text => (AccessLogFormat.Parse(text, out _) is not null, text),
            (options, format) => options with { AccessLogFormat = format }
        ) with
        {
            Fault = text => AccessLogFormat.Parse(text, out var fault) is null ? fault : null,
        },
        Of(
            "APPLIANCE_ACCESS_LOG_SIZE",
            "100",
            "megabytes, 0 to 1000000; 0: no limit",
            text => SettingText.Number(text, 1_000_000),
            (options, size) => options with { AccessLogRotation = options.AccessLogRotation with { MostBytes = size * 1024L * 1024 } }
        ),
        Of(
            "APPLIANCE_ACCESS_LOG_DAYS",
            "0",
            "days, 0 to 3650; 0: whatever its age",
            text => SettingText.Number(text, 3_650),
            (options, days) => options with { AccessLogRotation = options.AccessLogRotation with { MostAge = TimeSpan.FromDays(days) } }
        ),
        Of(
            "APPLIANCE_ACCESS_LOG_KEPT",
            "10",
            "files, 0 to 1000",
            text => SettingText.Number(text, 1_000),
            (options, kept) => options with { AccessLogRotation = options.AccessLogRotation with { Kept = kept } }
        ),
        Of(
            "APPLIANCE_DRAIN_SECONDS",
            "0",
            "seconds, 0 to 3600",
            text => SettingText.Number(text, 3600),
            (options, seconds) => options with { Drain = TimeSpan.FromSeconds(seconds) }
        ),
        Of(
            "APPLIANCE_SHUTDOWN_SECONDS",
            "10",
            "seconds, 0 to 3600",
            text => SettingText.Number(text, 3600),
            (options, seconds) => options with { Shutdown = TimeSpan.FromSeconds(seconds) }
        ),
        .. TelemetrySettings.All,
    ];
}
