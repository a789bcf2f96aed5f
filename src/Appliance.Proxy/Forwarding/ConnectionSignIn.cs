using Appliance.Proxy.Http1;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// Credentials by which a server takes the connection for the person, and every later request on it (NTLM, and Negotiate, which may be
/// NTLM; RFC 4559, 6). The word is looked for anywhere in the value, and may go on: what a server might read as one must not pass for
/// something else.
/// </summary>
internal static class ConnectionSignIn
{
    private static readonly string[] _schemes = ["NTLM", "Negotiate"];

    /// <summary>True when one of these values is such credentials.</summary>
    public static bool IsIn(StringValues values)
    {
        foreach (var value in values)
        {
            if (IsIn(value))
                return true;
        }

        return false;
    }

    /// <summary>True when the request, as it is about to be written, has such credentials.</summary>
    public static bool IsIn(HttpRequestMessage request) => IsIn(request, "Authorization") || IsIn(request, "Proxy-Authorization");

    /// <summary>True when one of these lines has such credentials.</summary>
    public static bool IsIn(HeaderLines lines)
    {
        foreach (var line in lines.All)
        {
            if ((line.Is("Authorization") || line.Is("Proxy-Authorization")) && IsIn(line.Value))
                return true;
        }

        return false;
    }

    private static bool IsIn(HttpRequestMessage request, string name)
    {
        if (!request.Headers.NonValidated.TryGetValues(name, out var values))
            return false;
        foreach (var value in values)
        {
            if (IsIn(value))
                return true;
        }

        return false;
    }

    private static bool IsIn(string? value)
    {
        foreach (var scheme in _schemes)
        {
            for (var at = 0; value is not null && (at = value.IndexOf(scheme, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
            {
                if (at == 0 || !char.IsAsciiLetterOrDigit(value[at - 1]))
                    return true;
            }
        }

        return false;
    }
}
