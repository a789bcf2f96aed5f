using System.Net;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Web.Hosting;

/// <summary>Checks of settings that depend on each other.</summary>
internal static class SettingsTogether
{
    /// <summary>Every fault as a sentence with the settings' names.</summary>
    /// <param name="options">What was read.</param>
    public static IEnumerable<string> Faults(ApplianceOptions options)
    {
        if (options.Relay == RelayChoice.Epoll && !OperatingSystem.IsLinux())
            yield return "APPLIANCE_RELAY is \"epoll\", which is on Linux only; leave it at auto.";
        if (
            (options.ConsoleCertificate is null) != (options.ConsoleKey is null)
            || options is { ConsoleCertificate: not null, ConsoleHttpsPort: null }
        )
            yield return "APPLIANCE_CONSOLE_CERTIFICATE and APPLIANCE_CONSOLE_KEY belong together and take "
                + "APPLIANCE_CONSOLE_HTTPS_PORT; set all three, or only the port for the certificates of the proxy.";
        if (options.ProxyProtocol && options.TrustedProxies.IsEmpty)
            yield return "APPLIANCE_PROXY_PROTOCOL is on, but APPLIANCE_TRUSTED_PROXIES is not set; name the proxies in front whose "
                + "word counts, or nobody could connect.";
        if (
            options.HttpsPort is { } own and not 0
            && (
                own == options.HttpPort
                || ((own == options.ConsolePort || own == options.ConsoleHttpsPort) && Overlap(options.Bind, options.ConsoleBind))
            )
        )
            yield return $"APPLIANCE_HTTPS_PORT is {own}, which another port setting has; they take different ports, or off for plain "
                + "http only.";
        if (
            options.ConsoleHttpsPort is { } https and not 0
            && (https == options.ConsolePort || (https == options.HttpPort && Overlap(options.Bind, options.ConsoleBind)))
        )
            yield return $"APPLIANCE_CONSOLE_HTTPS_PORT is {https}, which another port setting has; they take different ports.";
        if (options.HttpPort != 0 && options.HttpPort == options.ConsolePort && Overlap(options.Bind, options.ConsoleBind))
            yield return $"APPLIANCE_HTTP_PORT and APPLIANCE_CONSOLE_PORT are both {options.HttpPort}; they take two different ports.";
        if (
            options.Telemetry is { MetricsPort: { } metrics and not 0, MetricsBind: var bind }
            && (
                (Overlap(options.ConsoleBind, bind) && (metrics == options.ConsolePort || metrics == options.ConsoleHttpsPort))
                || (Overlap(options.Bind, bind) && (metrics == options.HttpPort || metrics == options.HttpsPort))
            )
        )
            yield return $"APPLIANCE_METRICS_PORT is {metrics}, which another port setting has; they take different ports.";
        if ((options.AdminUser is null) != (options.AdminPassword is null))
            yield return options.AdminUser is null
                ? "APPLIANCE_ADMIN_PASSWORD is set, but APPLIANCE_ADMIN_USER is not; set both, or neither to get a setup link."
                : "APPLIANCE_ADMIN_USER is set, but neither APPLIANCE_ADMIN_PASSWORD nor APPLIANCE_ADMIN_PASSWORD_FILE; set one of them.";
    }

    private static bool Overlap(IPAddress one, IPAddress other) => one.Equals(other) || IsEvery(one) || IsEvery(other);

    private static bool IsEvery(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
