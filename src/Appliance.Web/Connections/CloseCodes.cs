namespace Appliance.Web.Connections;

/// <summary>Close codes in words (RFC 6455, 7.4.1, and IANA's WebSocket Close Code Number Registry).</summary>
internal static class CloseCodes
{
    /// <summary>A code in a few words, without its number.</summary>
    public static string Name(int code) =>
        code switch
        {
            1000 => "normal",
            1001 => "going away",
            1002 => "protocol error",
            1003 => "unsupported data",
            1004 => "reserved",
            1005 => "no code was given",
            1006 => "cut without a close frame",
            1007 => "invalid text",
            1008 => "policy violation",
            1009 => "message too big",
            1010 => "extension missing",
            1011 => "internal error",
            1012 => "service restart",
            1013 => "try again later",
            1014 => "bad gateway",
            1015 => "TLS failed",
            3000 => "unauthorized",
            3003 => "forbidden",
            3008 => "timeout",
            >= 1016 and <= 2999 => "not assigned",
            >= 3000 and <= 3999 => "of a library or framework",
            >= 4000 and <= 4999 => "private to the application",
            _ => "not valid",
        };

    /// <summary>What it means, as a sentence.</summary>
    public static string About(int code) =>
        code switch
        {
            1000 => "The purpose is fulfilled: nothing went wrong.",
            1001 => "Going away: a server stops, or a browser leaves the page. Most clients reconnect.",
            1002 => "An end broke the WebSocket protocol.",
            1003 => "An end got a kind of data that it cannot take, such as binary where it wants text.",
            1004 => "Reserved; nobody should send it.",
            1005 => "The close frame had no code. This number is never on the wire.",
            1006 => "The connection ended without a close frame: it broke, or was cut. This number is never on the wire.",
            1007 => "A message did not hold what its kind promises, such as text that is not UTF-8.",
            1008 => "A message or a connection broke a rule of the receiver.",
            1009 => "A message was larger than the receiver takes.",
            1010 => "The client wanted an extension that the server did not offer.",
            1011 => "The server met something unexpected.",
            1012 => "The service restarts; clients come back after a short, random time.",
            1013 => "The server is overloaded; clients come back later, or elsewhere.",
            1014 => "A gateway got a bad answer from the server behind it.",
            1015 => "The TLS handshake failed. This number is never on the wire.",
            3000 => "Registered: the client must sign in first.",
            3003 => "Registered: the client may not do that.",
            3008 => "Registered: something took too long.",
            >= 1016 and <= 2999 => "Kept for the protocol; it means nothing yet.",
            >= 3000 and <= 3999 => "Registered with IANA by a library or framework; its documentation says what it means.",
            >= 4000 and <= 4999 => "Client and server agreed on it; their documentation says what it means.",
            _ => "No close frame may carry it.",
        };
}
