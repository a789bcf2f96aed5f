using System.Collections.Immutable;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>How a request comes in.</summary>
internal enum Door
{
    /// <summary>HTTP/1.1 in clear text.</summary>
    Http1,

    /// <summary>HTTP/1.1 over TLS.</summary>
    Https1,

    /// <summary>HTTP/2.</summary>
    Http2,

    /// <summary>A WebSocket handshake over HTTP/1.1 in clear text.</summary>
    WebSocket1,

    /// <summary>A WebSocket handshake over HTTP/1.1 over TLS.</summary>
    SecureWebSocket1,

    /// <summary>A WebSocket by extended CONNECT (RFC 8441).</summary>
    WebSocket2,
}

/// <summary>What kind of server it goes to.</summary>
internal enum ServerKind
{
    /// <summary>HTTP/1.1 in clear text.</summary>
    Http,

    /// <summary>HTTP/1.1 over TLS.</summary>
    Https,

    /// <summary>HTTP/2 in clear text.</summary>
    H2c,
}

/// <summary>Where a request goes in and out, and the mark it carries.</summary>
internal sealed record Placing(Door Door, ServerKind Server, string Mark)
{
    public bool IsHttp2 => Door is Door.Http2 or Door.WebSocket2;

    public bool IsWebSocket => Door is Door.WebSocket1 or Door.SecureWebSocket1 or Door.WebSocket2;

    public bool IsSecure => Door is not (Door.Http1 or Door.WebSocket1);

    /// <summary>The part of a path that leads to that kind of server.</summary>
    public string Key => KeyOf(Server);

    public static string KeyOf(ServerKind server) =>
        server switch
        {
            ServerKind.Http => "1",
            ServerKind.Https => "s",
            _ => "2",
        };

    /// <summary>A header's name as this door writes it.</summary>
    public string Name(string name) => IsHttp2 ? name.ToLowerInvariant() : name;
}

/// <summary>One request with the rule for it: what is sent, and what must come of it.</summary>
internal sealed record Probe(Placing Placing)
{
    /// <summary>Stands among the values that are right for a header that may be missing.</summary>
    public const string Absent = "\0absent";

    /// <summary>Stands for any value.</summary>
    public const string Any = "\0any";

    // What is sent.
    public string Method { get; init; } = "GET";

    public string Target { get; init; } = $"/{Placing.Key}/plain";

    public string Version { get; init; } = "HTTP/1.1";

    public string Scheme { get; init; } = "https";

    public string Host { get; init; } = "fuzz.test";

    public string Cookie { get; init; } = $"sid={Placing.Mark}";

    public ImmutableArray<(string Name, string Value)> Lines { get; init; } = [];

    /// <summary>What follows the head over HTTP/1.1, byte for byte; chunked.</summary>
    public string? Chunks { get; init; }

    // What must come of it.

    /// <summary>It must not reach a server.</summary>
    public bool MustRefuse { get; init; }

    /// <summary>It may be refused; if it is not, it must be written as said below.</summary>
    public bool MayRefuse { get; init; }

    /// <summary>The targets of which one must be written; empty: what was sent.</summary>
    public ImmutableArray<string> SeenTargets { get; init; } = [];

    /// <summary>The method that must be written; null: what was sent.</summary>
    public string? SeenMethod { get; init; }

    /// <summary>The hosts of which one must be written; empty: what was sent.</summary>
    public ImmutableArray<string> SeenHosts { get; init; } = [];

    /// <summary>Lines beside those that every probe has, by name in lower case, with the values of which one must be written.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> Seen { get; init; } =
        ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>The body that must be written.</summary>
    public string SeenBody { get; init; } = "";

    /// <summary>Where the proxy answers alone: what is wrong with its answer, or null.</summary>
    public Func<Answer, string?>? Own { get; init; }

    public Probe RefuseIf(bool must, bool may = false) => this with { MustRefuse = MustRefuse || must, MayRefuse = MayRefuse || may };

    public Probe With(string name, string value) => this with { Lines = Lines.Add((Placing.Name(name), value)) };

    public Probe Expect(string name, params string[] values) => this with { Seen = Seen.SetItem(name.ToLowerInvariant(), [.. values]) };

    /// <summary>As it is written over HTTP/1.1.</summary>
    public string Text()
    {
        List<(string Name, string Value)> lines = [("Host", Host), ("X-Mark", Placing.Mark), ("Cookie", Cookie), .. Lines];
        if (Placing.IsWebSocket)
        {
            lines.AddRange([("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]);
            lines.Add(("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
        }

        if (Chunks is not null)
            lines.Add(("Transfer-Encoding", "chunked"));
        return $"{Method} {Target} {Version}\r\n{string.Concat(lines.Select(line => $"{line.Name}: {line.Value}\r\n"))}\r\n{Chunks}";
    }

    /// <summary>As it is written over HTTP/2.</summary>
    public IEnumerable<(string Name, string Value)> Block()
    {
        yield return (":method", Placing.IsWebSocket && Method == "GET" ? "CONNECT" : Method);
        yield return (":scheme", Scheme);
        yield return (":path", Target);
        yield return (":authority", Host);
        if (Placing.IsWebSocket)
        {
            yield return (":protocol", "websocket");
            yield return ("sec-websocket-version", "13");
        }

        yield return ("x-mark", Placing.Mark);
        yield return ("cookie", Cookie);
        foreach (var line in Lines)
            yield return line;
    }
}
