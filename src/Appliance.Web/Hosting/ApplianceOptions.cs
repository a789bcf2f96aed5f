using System.Collections.Immutable;
using System.Net;
using Appliance.Data.Accounts;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Items;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Web.About;
using Appliance.Web.SignIn;
using Appliance.Web.SignIn.Oidc;
using Appliance.Web.Startup;

namespace Appliance.Web.Hosting;

/// <summary>Everything that is read once from the environment. Every bad setting is found before anything starts.</summary>
public sealed record ApplianceOptions
{
    /// <summary>Every variable with its default and what it accepts, in the order of <c>appliance.env.example</c>.</summary>
    public static ImmutableArray<(string Name, string Default, string Accepts)> Variables { get; } =
    [.. Settings.All.Select(setting => (setting.Name, setting.Default, setting.Accepts)), .. OidcSettings.Variables];

    /// <summary>The data folder. Default ./data under the folder one stands in.</summary>
    public string Data { get; init; } = "./data";

    /// <summary>Where the proxy listens. Default every IPv4 address.</summary>
    public IPAddress Bind { get; init; } = IPAddress.Any;

    /// <summary>Port of the proxy; 0 takes a free one. Default 8080.</summary>
    public int HttpPort { get; init; } = 8080;

    /// <summary>Port of the proxy on HTTPS; 0 takes a free one, null does not listen. Default 8443.</summary>
    public int? HttpsPort { get; init; } = 8443;

    /// <summary>A folder with certificates, beside those that are held in the database. Default none.</summary>
    public string? Certificates { get; init; }

    /// <summary>lego, which orders certificates: its name on the PATH, or its path. Default lego; it need not be there.</summary>
    public string Lego { get; init; } = "lego";

    /// <summary>Where the console listens. Default only this machine.</summary>
    public IPAddress ConsoleBind { get; init; } = IPAddress.Loopback;

    /// <summary>Port of the console; 0 takes a free one. Default 8081.</summary>
    public int ConsolePort { get; init; } = 8081;

    /// <summary>Port of the console on HTTPS; 0 takes a free one. Default null: none.</summary>
    public int? ConsoleHttpsPort { get; init; }

    /// <summary>
    /// PEM file of the console's certificate with its chain. Default none: the certificate that the proxy shows for the name.
    /// </summary>
    public string? ConsoleCertificate { get; init; }

    /// <summary>PEM file of its key.</summary>
    public string? ConsoleKey { get; init; }

    /// <summary>The address under which people reach the console, when it is not this machine's. Default none.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>The first administrator, made at the start while nobody has an account. Default none: a setup link is printed.</summary>
    public string? AdminUser { get; init; }

    /// <summary>The first administrator's password, from the variable or the file it names.</summary>
    public string? AdminPassword { get; init; }

    /// <summary>
    /// Sign-in with a password of this product. Default true; false leaves the providers, and the links of the command line.
    /// </summary>
    public bool LocalSignIn { get; init; } = true;

    /// <summary>How long a session lasts. Default 12 hours without use, 7 days at most.</summary>
    public SessionLimits Sessions { get; init; } = SessionLimits.Default;

    /// <summary>How long the audit keeps its entries. Default null: without end.</summary>
    public TimeSpan? AuditKept { get; init; }

    /// <summary>Peers whose X-Forwarded-* are believed. Default none.</summary>
    public ImmutableArray<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Connections to the proxy begin with the PROXY protocol, from <see cref="TrustedProxies"/> alone. Default false.</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>The path on the proxy's ports that says whether it serves. Default null: none.</summary>
    public string? ProxyHealth { get; init; }

    /// <summary>Networks in which no server of a pool may be. Default: where the metadata services of clouds are.</summary>
    public ImmutableArray<IPNetwork> DeniedUpstreams { get; init; } = SettingText.Networks(Destinations.Metadata).Value;

    /// <summary>The key that seals secrets. Default master.key in the data folder.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Drop request headers with an underscore in the name, as nginx does. Default true.</summary>
    public bool DropUnderscoreHeaders { get; init; } = true;

    /// <summary>What carries WebSockets. Default auto: our own event loop where it can.</summary>
    public RelayChoice Relay { get; init; }

    /// <summary>What carries plain HTTP to servers. Default auto: our own forwarder where it can.</summary>
    public ForwarderChoice Forwarder { get; init; }

    /// <summary>The least severe line that is logged. Default information.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Log lines as JSON. Default false: text.</summary>
    public bool JsonLog { get; init; }

    /// <summary>Lines of the access log go to standard output. Default false.</summary>
    public bool AccessLogToOutput { get; init; }

    /// <summary>The file that lines of the access log are appended to. Default null: none.</summary>
    public string? AccessLogFile { get; init; }

    /// <summary>What a line of the access log says: <c>combined</c>, <c>json</c> or a template. Default combined.</summary>
    public string AccessLogFormat { get; init; } = "combined";

    /// <summary>When the file of the access log makes room for the next one. Default: at 100 MB, whatever its age, ten are kept.</summary>
    public LogRotation AccessLogRotation { get; init; } = new(100L * 1024 * 1024, TimeSpan.Zero, 10);

    /// <summary>
    /// Over how long WebSockets are asked to leave at a stop, so that their clients do not all come back in one moment. Default zero: all
    /// immediately.
    /// </summary>
    public TimeSpan Drain { get; init; }

    /// <summary>
    /// How long requests and close handshakes may take after <see cref="Drain"/>; then what is left is cut. Default 10 s.
    /// </summary>
    public TimeSpan Shutdown { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What monitors read, and what is sent to a collector. Default: neither.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>Identity providers that people can sign in with. Default none.</summary>
    public ImmutableArray<OidcProviderSettings> Oidc { get; init; } = [];

    /// <summary>Every setting as it was read, for people to see.</summary>
    public ImmutableArray<SettingLine> Lines { get; init; } = [];

    /// <summary>What sign-in takes of them.</summary>
    public SignInSettings SignIn =>
        new()
        {
            PublicUrl = PublicUrl,
            ConsoleBind = ConsoleBind,
            LocalSignIn = LocalSignIn,
            LongestSession = Sessions.Absolute,
            Oidc = Oidc,
        };

    /// <summary>Reads the environment. The problems are sentences with the variable's name; options are null when there are any.</summary>
    /// <param name="environment">The value of a variable; null or blank means its default.</param>
    /// <param name="names">
    /// The names of all variables that are set, for warnings about names that look like a setting and are unknown.
    /// </param>
    public static SettingsReading Read(Func<string, string?> environment, IEnumerable<string> names)
    {
        var problems = new List<string>();
        var options = new ApplianceOptions { Oidc = OidcSettings.Read(environment, problems.Add) };
        var unreadable = new List<string>();
        foreach (var setting in Settings.All)
        {
            var text = environment(setting.Name)?.Trim();
            if (setting.Apply(options, string.IsNullOrEmpty(text) ? setting.Default : text) is { } applied)
                options = applied;
            else
                unreadable.Add(
                    setting.IsSecret
                        ? $"{setting.Name} cannot be used; it takes {setting.Accepts}."
                        : $"{setting.Name} is \"{Repeated(setting, text ?? "")}\"; it takes {setting.Accepts}.{Why(setting, text)}"
                );
        }

        // A setting that cannot be read keeps its default, which would be judged beside the others as if somebody had chosen it.
        problems.InsertRange(0, unreadable);
        if (problems.Count == 0)
            problems.AddRange(SettingsTogether.Faults(options));
        IReadOnlyList<string> known = [.. Variables.Select(variable => variable.Name), .. OidcSettings.Numbered];
        var warnings = names
            .Where(name => name.StartsWith("APPLIANCE_", StringComparison.Ordinal) && !known.Contains(name))
            .Select(name => $"{name} is not a setting.{NearestName.Hint(name, known)}")
            .ToList();
        options = options with { Lines = [.. known.Select(name => LineOf(name, environment(name)?.Trim())).OfType<SettingLine>()] };
        return new(problems.Count == 0 ? options : null, problems, warnings);
    }

    // Of further identity providers, only what is given.
    private static SettingLine? LineOf(string name, string? given)
    {
        var standard = Variables.FirstOrDefault(variable => variable.Name == name);
        if (string.IsNullOrEmpty(given))
            return standard.Name is null ? null : new(name, standard.Default, IsGiven: false, IsSecret: false);
        var isSecret =
            Settings.All.Any(setting => setting.Name == name && setting.IsSecret)
            || (name.EndsWith("_SECRET", StringComparison.Ordinal) && name.Contains("_OIDC_", StringComparison.Ordinal));
        return new(name, isSecret ? "" : given, IsGiven: true, isSecret);
    }

    private static string Repeated(Setting setting, string text) =>
        setting.Name.EndsWith("_FILE", StringComparison.Ordinal) ? RefusedText.OfSecretFile(text) : RefusedText.Of(text, setting.IsUrl);

    private static string Why(Setting setting, string? text) => setting.Fault?.Invoke(text ?? "") is { } why ? $" {why}" : "";
}
