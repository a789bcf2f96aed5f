namespace Appliance.Web.Hosting;

/// <summary>
/// What the HTTP server logs as a warning or worse though any client can cause it with every request: a log of it fills disks and hides
/// what matters. It is shown at the level debug.
/// </summary>
internal static class ClientNoise
{
    private const string Server = "Microsoft.AspNetCore.Server.Kestrel";

    /// <summary>True for such an event.</summary>
    public static bool Is(string category, EventId id) =>
        category switch
        {
            // A header that HTTP/2 does not have was left out of an answer; an upload was broken off and its rest could not be read.
            Server => id.Id is 41 or 67,

            // More resets of streams than were answered: the connection has been ended.
            Server + ".Http2" => id.Id is 60,
            _ => false,
        };
}
