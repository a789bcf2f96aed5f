namespace Appliance.Proxy.Config;

/// <summary>The canonical JSON document that export writes and apply takes.</summary>
/// <param name="Revision">Guard: apply only if this is still the head. Null: no guard. Export writes the head's number.</param>
/// <param name="Config">The whole desired state.</param>
public sealed record ConfigDocument(long? Revision, ProxyConfig Config)
{
    /// <summary>Reads a document; problems have path, line and column. Never throws for bad text.</summary>
    public static ConfigDocumentParse Parse(ReadOnlySpan<byte> utf8) => throw new NotImplementedException();

    /// <summary>Canonical text: fixed property order, defaults left out, two spaces, pools and maps by name, routes in order, one line feed at the end.</summary>
    public string ToJson() => throw new NotImplementedException();
}

/// <summary>Either a document or problems.</summary>
public sealed record ConfigDocumentParse(ConfigDocument? Document, IReadOnlyList<ConfigProblem> Problems);
