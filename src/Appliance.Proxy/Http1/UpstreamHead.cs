namespace Appliance.Proxy.Http1;

/// <summary>The complete head of a server's answer.</summary>
/// <param name="Status">100 to 999.</param>
/// <param name="Reason">The reason phrase, may be empty. One char is one byte.</param>
/// <param name="Http11">False for HTTP/1.0.</param>
/// <param name="Lines">Its header lines.</param>
/// <param name="Behind">Bytes that were read behind it.</param>
internal sealed record UpstreamHead(int Status, string Reason, bool Http11, HeaderLines Lines, ReadOnlyMemory<byte> Behind);
