namespace Appliance.Proxy.Variables;

/// <summary>The first line of a request that was not taken, as far as it can be read; one char for each byte.</summary>
/// <param name="Text">The whole line, as the client wrote it.</param>
/// <param name="Method">Its method, or empty.</param>
/// <param name="Target">What stands between method and version; the whole line, where there is no method.</param>
/// <param name="Protocol">Its version, or empty.</param>
/// <param name="Path">The target taken apart; <see cref="RequestPath.None"/> where it cannot be read.</param>
public sealed record WrittenLine(string Text, string Method, string Target, string Protocol, RequestPath Path)
{
    /// <summary>Reads one.</summary>
    public static WrittenLine Of(string line)
    {
        var first = line.IndexOf(' ', StringComparison.Ordinal);
        if (first <= 0)
            return new(line, "", line, "", RequestPath.None);
        var rest = line[(first + 1)..].Trim(' ');
        var last = rest.LastIndexOf(' ');
        var hasVersion = rest.AsSpan(last + 1).StartsWith("HTTP/");
        var target = hasVersion ? rest[..Math.Max(0, last)].TrimEnd(' ') : rest;
        var path =
            hasVersion && target.Length > 0 && !target.AsSpan().ContainsAnyExceptInRange('!', '~') ? RequestPath.TryParse(target) : null;
        return new(line, line[..first], target, hasVersion ? rest[(last + 1)..] : "", path ?? RequestPath.None);
    }
}
