using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Tests.Dialing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// A server that takes a connection for the person who signed in on it, as NTLM does: three steps over one connection, then everything that
/// comes over it is theirs. Each answer says who asked and over which connection.
/// </summary>
internal static class SignInServer
{
    public const string Negotiate = "Authorization: NTLM TlRMTVNTUAABAAAA\r\n";

    /// <summary>The third step.</summary>
    public static string Finish(string person, string scheme = "NTLM") => $"Authorization: {scheme} 3:{person}\r\n";

    /// <param name="certificate">With it, TLS.</param>
    /// <param name="name">Said in every answer.</param>
    /// <param name="closes">True when the connection ends behind this answer.</param>
    public static ConnectionServer Start(X509Certificate2? certificate = null, string name = "s", Func<string, bool>? closes = null) =>
        new(
            async connection =>
            {
                var (person, isChallenged) = ("nobody", false);
                while (await connection.ReadHeadAsync() is { } head)
                {
                    var answer = "";
                    var credentials = Credentials(head);
                    if (credentials is not null && credentials.StartsWith("3:", StringComparison.Ordinal) && isChallenged)
                        person = credentials[2..];
                    else if (credentials is not null)
                        (isChallenged, person, answer) = (
                            true,
                            "nobody",
                            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM challenge\r\nContent-Length: 0\r\nX-Over: "
                                + $"{connection.Number}\r\n\r\n"
                        );
                    if (answer.Length == 0 && person == "nobody" && !head.StartsWith("GET /open", StringComparison.Ordinal))
                        answer =
                            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nWWW-Authenticate: Negotiate\r\nContent-Length: "
                            + $"0\r\nX-Over: {connection.Number}\r\n\r\n";
                    if (answer.Length == 0)
                        answer = ConnectionServer.Ok($"{person} {name} {connection.Number}");
                    await connection.WriteAsync(answer);
                    if (closes?.Invoke(head) == true)
                        return;
                }
            },
            certificate
        );

    private static string? Credentials(string head)
    {
        var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase));
        return line?.Trim().Split(' ')[^1];
    }
}
