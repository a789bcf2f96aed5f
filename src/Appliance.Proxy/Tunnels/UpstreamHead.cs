namespace Appliance.Proxy.Tunnels;

/// <summary>The complete head of a server's answer.</summary>
/// <param name="Status">100 to 999.</param>
/// <param name="Reason">The reason phrase, may be empty.</param>
/// <param name="Http11">False for HTTP/1.0.</param>
/// <param name="Lines">Its header lines.</param>
/// <param name="Behind">Bytes that were read behind it.</param>
internal sealed record UpstreamHead(int Status, string Reason, bool Http11, HeaderLines Lines, ReadOnlyMemory<byte> Behind)
{
    /// <summary>Parses a whole head, or null when it is none.</summary>
    public static UpstreamHead? TryParse(ReadOnlySpan<byte> head, ReadOnlyMemory<byte> behind)
    {
        // HTTP/1.x SP 3DIGIT [SP reason]
        if (HeadParser.TryParse(head, out var first) is not { } lines) return null;
        if (first.Length < 12 || !first.StartsWith("HTTP/1.", StringComparison.Ordinal) || first[7] is not ('0' or '1') || first[8] != ' ') return null;
        if (!int.TryParse(first.AsSpan(9, 3), System.Globalization.NumberStyles.None, null, out var status) || status < 100) return null;
        if (first.Length > 12 && first[12] != ' ') return null;
        return new UpstreamHead(status, first.Length > 13 ? first[13..] : "", first[7] == '1', lines, behind);
    }
}
