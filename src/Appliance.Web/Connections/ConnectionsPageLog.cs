namespace Appliance.Web.Connections;

internal static partial class ConnectionsPageLog
{
    [LoggerMessage(3400, LogLevel.Information, "Connection {Id} of {Client} on route {Route} is closed by {Person}.")]
    public static partial void Closed(this ILogger log, long id, string client, string route, string person);
}
