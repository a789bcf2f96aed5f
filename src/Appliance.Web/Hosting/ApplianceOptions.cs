using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Appliance.Data.Accounts;
using Appliance.Proxy.Items;
using Appliance.Proxy.Tunnels;
using Appliance.Proxy.Upstreams;
using Appliance.Web.SignIn;
using Appliance.Web.SignIn.Oidc;

namespace Appliance.Web.Hosting;

/// <summary>Everything that is read once from the environment. Every bad setting is found before anything starts.</summary>
public sealed record ApplianceOptions
{
    /// <summary>Every variable with its default and what it accepts, in the order of <c>appliance.env.example</c>.</summary>
    public static ImmutableArray<(string Name, string Default, string Accepts)> Variables { get; } =
    [
        ("APPLIANCE_DATA", "./data", "a folder"),
        ("APPLIANCE_BIND", "0.0.0.0", "an IP address"),
        ("APPLIANCE_HTTP_PORT", "8080", "a port, 0 to 65535"),
        ("APPLIANCE_HTTPS_PORT", "8443", "a port, 0 to 65535, or off"),
        ("APPLIANCE_CERTIFICATES", "", "a folder that can be read, or nothing"),
        ("APPLIANCE_LEGO", "lego", "a program by its name or its path"),
        ("APPLIANCE_CONSOLE_BIND", "127.0.0.1", "an IP address"),
        ("APPLIANCE_CONSOLE_PORT", "8081", "a port, 0 to 65535"),
        ("APPLIANCE_CONSOLE_HTTPS_PORT", "", "a port, 0 to 65535, or nothing"),
        ("APPLIANCE_CONSOLE_CERTIFICATE", "", "a file that can be read, or nothing"),
        ("APPLIANCE_CONSOLE_KEY", "", "a file that can be read, or nothing"),
        ("APPLIANCE_PUBLIC_URL", "", "an absolute http or https URL, or nothing"),
        ("APPLIANCE_ADMIN_USER", "", "a user name of at most 64 characters, or nothing"),
        ("APPLIANCE_ADMIN_PASSWORD", "", "a password of 8 to 256 characters, or nothing"),
        ("APPLIANCE_ADMIN_PASSWORD_FILE", "", "a file that can be read, with a password of 8 to 256 characters in it, or nothing"),
        ("APPLIANCE_LOCAL_SIGN_IN", "true", "true or false"),
        ("APPLIANCE_SESSION_IDLE_MINUTES", "720", "minutes, 1 to 525600"),
        ("APPLIANCE_SESSION_HOURS", "168", "hours, 1 to 8760"),
        ("APPLIANCE_AUDIT_DAYS", "0", "days, 0 to 36500; 0 keeps everything"),
        ("APPLIANCE_TRUSTED_PROXIES", "", "addresses and networks like 10.0.0.0/8, separated by commas or spaces"),
        ("APPLIANCE_PROXY_PROTOCOL", "off", "on or off"),
        ("APPLIANCE_PROXY_HEALTH", "", "a path, as /-/healthz, or nothing"),
        ("APPLIANCE_DENIED_UPSTREAMS", Destinations.Metadata, "addresses and networks like 10.0.0.0/8, separated by commas or spaces, or none"),
        ("APPLIANCE_KEY_FILE", "", "a file; empty is master.key in the data folder"),
        ("APPLIANCE_DROP_UNDERSCORE_HEADERS", "true", "true or false"),
        ("APPLIANCE_RELAY", "auto", "auto, epoll or stream"),
        ("APPLIANCE_LOG_LEVEL", "information", "trace, debug, information, warning, error or none"),
        ("APPLIANCE_LOG_FORMAT", "text", "text or json"),
        ("APPLIANCE_DRAIN_SECONDS", "0", "seconds, 0 to 3600"),
        ("APPLIANCE_SHUTDOWN_SECONDS", "10", "seconds, 0 to 3600"),
        .. OidcSettings.Variables,
    ];

    private static readonly FrozenDictionary<string, LogLevel> Levels = new[] { LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.None }
        .ToFrozenDictionary(level => level.ToString().ToLowerInvariant());

    private static readonly FrozenDictionary<string, RelayChoice> Relays = Enum.GetValues<RelayChoice>().ToFrozenDictionary(choice => choice.ToString().ToLowerInvariant());

    /// <summary>The data folder. Default ./data under the folder one stands in.</summary>
    public string Data { get; init; } = "./data";

    /// <summary>Where the proxy listens. Default every IPv4 address.</summary>
    public IPAddress Bind { get; init; } = IPAddress.Any;

    /// <summary>Port of the proxy; 0 takes a free one. Default 8080.</summary>
    public int HttpPort { get; init; } = 8080;

    /// <summary>Port of the proxy on HTTPS; 0 takes a free one, null is none. Default 8443.</summary>
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

    /// <summary>PEM file of the console's certificate with its chain. Default none: the certificate that the proxy shows for the name.</summary>
    public string? ConsoleCertificate { get; init; }

    /// <summary>PEM file of its key.</summary>
    public string? ConsoleKey { get; init; }

    /// <summary>The address under which people reach the console, when it is not this machine's. Default none.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>The first administrator, made at the start while nobody has an account. Default none: a setup link is printed.</summary>
    public string? AdminUser { get; init; }

    /// <summary>The first administrator's password, from the variable or the file it names.</summary>
    public string? AdminPassword { get; init; }

    /// <summary>Sign-in with a password of this product. Default true; false leaves the providers, and the links of the command line.</summary>
    public bool LocalSignIn { get; init; } = true;

    /// <summary>How long a session lasts. Default 12 hours without use, 7 days at most.</summary>
    public SessionLimits Sessions { get; init; } = SessionLimits.Default;

    /// <summary>How long the audit keeps its entries. Default null: for ever.</summary>
    public TimeSpan? AuditKept { get; init; }

    /// <summary>Peers whose X-Forwarded-* are believed. Default none.</summary>
    public ImmutableArray<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Connections to the proxy begin with the PROXY protocol, from <see cref="TrustedProxies"/> alone. Default false.</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>The path on the proxy's ports that says whether it serves. Default null: none.</summary>
    public string? ProxyHealth { get; init; }

    /// <summary>Networks in which no server of a pool may be. Default: where the metadata services of clouds are.</summary>
    public ImmutableArray<IPNetwork> DeniedUpstreams { get; init; } = Networks(Destinations.Metadata).Item2;

    /// <summary>The key that seals secrets. Default master.key in the data folder.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Drop request headers with an underscore in the name, as nginx does. Default true.</summary>
    public bool DropUnderscoreHeaders { get; init; } = true;

    /// <summary>What carries WebSockets. Default auto: our own event loop where it can.</summary>
    public RelayChoice Relay { get; init; }

    /// <summary>The least severe line that is logged. Default information.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Log lines as JSON. Default false: text.</summary>
    public bool JsonLog { get; init; }

    /// <summary>Over how long WebSockets are asked to leave at a stop, so that their clients do not all come back in one moment. Default zero: all at once.</summary>
    public TimeSpan Drain { get; init; }

    /// <summary>How long requests and close handshakes may take after <see cref="Drain"/>; then what is left is cut. Default 10 s.</summary>
    public TimeSpan Shutdown { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Identity providers that people can sign in with. Default none.</summary>
    public ImmutableArray<OidcProviderSettings> Oidc { get; init; } = [];

    /// <summary>Reads the environment. The problems are sentences with the variable's name; options are null when there are any.</summary>
    public static SettingsReading Read(Func<string, string?> environment, IEnumerable<string> names)
    {
        var problems = new List<string>();
        T Get<T>(string name, Func<string, (bool Ok, T Value)> parse)
        {
            var (_, standard, accepts) = Variables.First(variable => variable.Name == name);
            var text = environment(name)?.Trim();
            text = string.IsNullOrEmpty(text) ? standard : text;
            var (ok, value) = parse(text);
            if (!ok)
                problems.Add(name.EndsWith("PASSWORD", StringComparison.Ordinal) ? $"{name} cannot be used; it takes {accepts}." : $"{name} is \"{text}\"; it takes {accepts}.");
            return value;
        }

        var options = new ApplianceOptions
        {
            Data = Get("APPLIANCE_DATA", text => (text.IndexOf('\0') < 0, text)),
            Bind = Get("APPLIANCE_BIND", Address),
            HttpPort = Get("APPLIANCE_HTTP_PORT", text => Number(text, 65535)),
            HttpsPort = Get("APPLIANCE_HTTPS_PORT", text => text.Equals("off", StringComparison.OrdinalIgnoreCase) ? (true, (int?)null) : Number(text, 65535)),
            Certificates = Get("APPLIANCE_CERTIFICATES", text => (text.Length == 0 || Directory.Exists(text), text.Length == 0 ? null : text)),
            Lego = Get("APPLIANCE_LEGO", text => (text.IndexOf('\0') < 0, text)),
            ConsoleBind = Get("APPLIANCE_CONSOLE_BIND", Address),
            ConsolePort = Get("APPLIANCE_CONSOLE_PORT", text => Number(text, 65535)),
            ConsoleHttpsPort = Get("APPLIANCE_CONSOLE_HTTPS_PORT", text => text.Length == 0 ? (true, (int?)null) : Number(text, 65535)),
            ConsoleCertificate = Get("APPLIANCE_CONSOLE_CERTIFICATE", ExistingFile),
            ConsoleKey = Get("APPLIANCE_CONSOLE_KEY", ExistingFile),
            PublicUrl = Get("APPLIANCE_PUBLIC_URL", Url),
            AdminUser = Get("APPLIANCE_ADMIN_USER", text => (text.Length <= 64, text.Length == 0 ? null : text)),
            AdminPassword = Get("APPLIANCE_ADMIN_PASSWORD_FILE", PasswordFile)
                ?? Get("APPLIANCE_ADMIN_PASSWORD", text => (text.Length == 0 || Passwords.IsOfGoodLength(text), text.Length == 0 ? null : text)),
            LocalSignIn = Get("APPLIANCE_LOCAL_SIGN_IN", text => (bool.TryParse(text, out var yes), yes)),
            Sessions = new(
                TimeSpan.FromMinutes(Get("APPLIANCE_SESSION_IDLE_MINUTES", text => Number(text, 525_600, least: 1))), TimeSpan.FromHours(Get("APPLIANCE_SESSION_HOURS", text => Number(text, 8_760, least: 1)))),
            AuditKept = Get("APPLIANCE_AUDIT_DAYS", text => Number(text, 36_500)) is var days and > 0 ? TimeSpan.FromDays(days) : null,
            TrustedProxies = Get("APPLIANCE_TRUSTED_PROXIES", Networks),
            ProxyProtocol = Get("APPLIANCE_PROXY_PROTOCOL", text => (text.ToLowerInvariant() is "on" or "off", text.Equals("on", StringComparison.OrdinalIgnoreCase))),
            ProxyHealth = Get("APPLIANCE_PROXY_HEALTH", PathOnly),
            DeniedUpstreams = Get("APPLIANCE_DENIED_UPSTREAMS", text => text.Equals("none", StringComparison.OrdinalIgnoreCase) ? (true, []) : Networks(text)),
            KeyFile = Get("APPLIANCE_KEY_FILE", text => (true, text.Length == 0 ? null : text)),
            DropUnderscoreHeaders = Get("APPLIANCE_DROP_UNDERSCORE_HEADERS", text => (bool.TryParse(text, out var yes), yes)),
            Relay = Get("APPLIANCE_RELAY", text => (Relays.TryGetValue(text.ToLowerInvariant(), out var relay), relay)),
            LogLevel = Get("APPLIANCE_LOG_LEVEL", Level),
            JsonLog = Get("APPLIANCE_LOG_FORMAT", text => (text.ToLowerInvariant() is "text" or "json", text.Equals("json", StringComparison.OrdinalIgnoreCase))),
            Drain = TimeSpan.FromSeconds(Get("APPLIANCE_DRAIN_SECONDS", text => Number(text, 3600))),
            Shutdown = TimeSpan.FromSeconds(Get("APPLIANCE_SHUTDOWN_SECONDS", text => Number(text, 3600))),
            Oidc = OidcSettings.Read(environment, problems.Add),
        };
        if (options.Relay == RelayChoice.Epoll && !OperatingSystem.IsLinux())
            problems.Add("APPLIANCE_RELAY is \"epoll\", which is on Linux only; leave it at auto.");
        if (problems.Count == 0 && ((options.ConsoleCertificate is null) != (options.ConsoleKey is null) || (options is { ConsoleCertificate: not null, ConsoleHttpsPort: null })))
            problems.Add("APPLIANCE_CONSOLE_CERTIFICATE and APPLIANCE_CONSOLE_KEY belong together and take APPLIANCE_CONSOLE_HTTPS_PORT; set all three, or only the port for the certificates of the proxy.");
        if (problems.Count == 0 && options.ProxyProtocol && options.TrustedProxies.IsEmpty)
            problems.Add("APPLIANCE_PROXY_PROTOCOL is on, but APPLIANCE_TRUSTED_PROXIES is not set; name the proxies in front whose word counts, or nobody could connect.");
        if (options.HttpsPort is { } own and not 0 && (own == options.HttpPort || ((own == options.ConsolePort || own == options.ConsoleHttpsPort) && Overlap(options.Bind, options.ConsoleBind))))
            problems.Add($"APPLIANCE_HTTPS_PORT is {own}, which another port setting has; they take different ports, or off for plain http only.");
        if (options.ConsoleHttpsPort is { } https and not 0 && (https == options.ConsolePort || (https == options.HttpPort && Overlap(options.Bind, options.ConsoleBind))))
            problems.Add($"APPLIANCE_CONSOLE_HTTPS_PORT is {https}, which another port setting has; they take different ports.");
        if (options.HttpPort != 0 && options.HttpPort == options.ConsolePort && Overlap(options.Bind, options.ConsoleBind))
            problems.Add($"APPLIANCE_HTTP_PORT and APPLIANCE_CONSOLE_PORT are both {options.HttpPort}; they take two different ports.");
        if (problems.Count == 0 && (options.AdminUser is null) != (options.AdminPassword is null))
            problems.Add(options.AdminUser is null
                ? "APPLIANCE_ADMIN_PASSWORD is set, but APPLIANCE_ADMIN_USER is not; set both, or neither to get a setup link."
                : "APPLIANCE_ADMIN_USER is set, but neither APPLIANCE_ADMIN_PASSWORD nor APPLIANCE_ADMIN_PASSWORD_FILE; set one of them.");
        IReadOnlyList<string> known = [.. Variables.Select(variable => variable.Name), .. OidcSettings.Numbered];
        var warnings = names.Where(name => name.StartsWith("APPLIANCE_", StringComparison.Ordinal) && !known.Contains(name))
            .Select(name => $"{name} is not a setting.{NearestName.Hint(name, known)}").ToList();
        return new(problems.Count == 0 ? options : null, problems, warnings);
    }

    private static bool Overlap(IPAddress one, IPAddress other) => one.Equals(other) || IsEvery(one) || IsEvery(other);

    private static bool IsEvery(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    // The framework also takes "1" (0.0.0.1) and "10.1" (10.0.0.1); an operator who writes that means something else.
    private static (bool, IPAddress) Address(string text) =>
        (IPAddress.TryParse(text, out var address) && (text.Contains(':', StringComparison.Ordinal) || text.Count(one => one == '.') == 3), address ?? IPAddress.None);

    // Only the names: the framework's own parser takes numbers and comma-separated unions too.
    private static (bool, LogLevel) Level(string text) =>
        (Levels.TryGetValue(text.ToLowerInvariant(), out var level), level);

    private static (bool, int) Number(string text, int most, int least = 0) =>
        (int.TryParse(text, System.Globalization.NumberStyles.None, null, out var number) && number >= least && number <= most, number);

    // The line's end that editors put there is not part of the secret.
    private static (bool, string?) SecretFile(string file)
    {
        if (file.Length == 0)
            return (true, null);
        try
        {
            return (true, File.ReadAllText(file).TrimEnd('\r', '\n'));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (false, null);
        }
    }

    private static (bool, string?) PasswordFile(string file) =>
        SecretFile(file) is (true, var password) && (password is null || Passwords.IsOfGoodLength(password)) ? (true, password) : (false, null);

    private static (bool, string?) ExistingFile(string file) => (file.Length == 0 || File.Exists(file), file.Length == 0 ? null : file);

    // As a client writes it; what needs an escape is none.
    private static (bool, string?) PathOnly(string text) =>
        (text.Length == 0 || (text.Length > 1 && text[0] == '/' && !text.AsSpan().ContainsAny("?#%\\ ") && text.All(char.IsAscii) && !text.Contains("//", StringComparison.Ordinal)), text.Length == 0 ? null : text);

    private static (bool, Uri?) Url(string text)
    {
        if (text.Length == 0)
            return (true, null);
        var ok = Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0;
        return (ok, url);
    }

    private static (bool, ImmutableArray<IPNetwork>) Networks(string text)
    {
        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var part in text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPNetwork.TryParse(part, out var network))
                networks.Add(network);
            else if (Address(part) is (true, var address))
                networks.Add(new(address, address.GetAddressBytes().Length * 8));
            else
                return (false, []);
        }

        return (true, networks.ToImmutable());
    }
}
