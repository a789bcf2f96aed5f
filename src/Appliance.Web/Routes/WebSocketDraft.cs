using System.Globalization;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Web.Forms;

namespace Appliance.Web.Routes;

/// <summary>What WebSockets may do on a route, as text.</summary>
public sealed class WebSocketDraft
{
    private static readonly WebSocketPolicy _defaults = WebSocketPolicy.Default;

    public bool Allow { get; set; } = true;
    public string IdleTimeout { get; set; } = Texts.Time(_defaults.IdleTimeout);
    public string HandshakeTimeout { get; set; } = Texts.Time(_defaults.HandshakeTimeout);
    public string MaxLifetime { get; set; } = Texts.Time(_defaults.MaxLifetime);
    public string LifetimeJitter { get; set; } = Text(_defaults.LifetimeJitter);
    public string MaxPerClient { get; set; } = Text(_defaults.MaxPerClient);
    public string MaxSockets { get; set; } = Text(_defaults.MaxSockets);
    public string AllowedOrigins { get; set; } = "";
    public string AllowedSubprotocols { get; set; } = "";
    public bool LaxHandshake { get; set; }
    public string MaxMessageBytes { get; set; } = "0";
    public string MaxMessageRate { get; set; } = Text(_defaults.MaxMessageRate);
    public string OverRate { get; set; } = _defaults.OverRate.ToString();
    public string PingInterval { get; set; } = Texts.Time(_defaults.PingInterval);
    public string PingTimeout { get; set; } = Texts.Time(_defaults.PingTimeout);

    /// <summary>The form of a policy.</summary>
    public static WebSocketDraft Of(WebSocketPolicy policy) =>
        new()
        {
            Allow = policy.Allow,
            IdleTimeout = Texts.Time(policy.IdleTimeout),
            HandshakeTimeout = Texts.Time(policy.HandshakeTimeout),
            MaxLifetime = Texts.Time(policy.MaxLifetime),
            LifetimeJitter = Text(policy.LifetimeJitter),
            MaxPerClient = Text(policy.MaxPerClient),
            MaxSockets = Text(policy.MaxSockets),
            AllowedOrigins = string.Join('\n', policy.AllowedOrigins),
            AllowedSubprotocols = string.Join(' ', policy.AllowedSubprotocols),
            LaxHandshake = policy.LaxHandshake,
            MaxMessageBytes = Texts.Size(policy.MaxMessageBytes),
            MaxMessageRate = Text(policy.MaxMessageRate),
            OverRate = policy.OverRate.ToString(),
            PingInterval = Texts.Time(policy.PingInterval),
            PingTimeout = Texts.Time(policy.PingTimeout),
        };

    /// <summary>The policy it means; what cannot be read gets a problem and its default. Paths begin with <c>webSocket</c>.</summary>
    public WebSocketPolicy Read(List<FieldProblem> problems)
    {
        TimeSpan Time(string text, TimeSpan standard, string member) => Texts.Time(text, standard, "webSocket/" + member, problems);
        int Number(string text, int standard, string member) => Texts.Number(text, standard, "webSocket/" + member, problems);

        return new()
        {
            Allow = Allow,
            IdleTimeout = Time(IdleTimeout, _defaults.IdleTimeout, "idleTimeout"),
            HandshakeTimeout = Time(HandshakeTimeout, _defaults.HandshakeTimeout, "handshakeTimeout"),
            MaxLifetime = Time(MaxLifetime, _defaults.MaxLifetime, "maxLifetime"),
            LifetimeJitter = Number(LifetimeJitter, _defaults.LifetimeJitter, "lifetimeJitter"),
            MaxPerClient = Number(MaxPerClient, _defaults.MaxPerClient, "maxPerClient"),
            MaxSockets = Number(MaxSockets, _defaults.MaxSockets, "maxSockets"),
            AllowedOrigins = [.. Texts.Words(AllowedOrigins)],
            AllowedSubprotocols = [.. Texts.Words(AllowedSubprotocols)],
            LaxHandshake = LaxHandshake,
            MaxMessageBytes = Texts.Size(MaxMessageBytes, "webSocket/maxMessageBytes", problems) ?? _defaults.MaxMessageBytes,
            MaxMessageRate = Number(MaxMessageRate, _defaults.MaxMessageRate, "maxMessageRate"),
            OverRate = Enum.TryParse<OverRate>(OverRate, out var over) ? over : _defaults.OverRate,
            PingInterval = Time(PingInterval, _defaults.PingInterval, "pingInterval"),
            PingTimeout = Time(PingTimeout, _defaults.PingTimeout, "pingTimeout"),
        };
    }

    /// <summary>True when something besides <see cref="Allow"/> and the idle timeout is set, or typed.</summary>
    public bool HasMore()
    {
        var plain = new WebSocketDraft();
        return (HandshakeTimeout, MaxLifetime, LifetimeJitter, MaxPerClient, MaxSockets)
                != (plain.HandshakeTimeout, plain.MaxLifetime, plain.LifetimeJitter, plain.MaxPerClient, plain.MaxSockets)
            || (AllowedOrigins, AllowedSubprotocols, MaxMessageBytes, MaxMessageRate, OverRate)
                != (plain.AllowedOrigins, plain.AllowedSubprotocols, plain.MaxMessageBytes, plain.MaxMessageRate, plain.OverRate)
            || (PingInterval, PingTimeout, LaxHandshake) != (plain.PingInterval, plain.PingTimeout, plain.LaxHandshake);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
