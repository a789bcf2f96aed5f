using Appliance.Proxy.Connections.Inspector;
using Appliance.Web.Controls;

namespace Appliance.Web.Connections;

/// <summary>Inspections and the messages they keep, in words.</summary>
internal static class InspectionWords
{
    /// <summary>What it looks at, by the number once there is one.</summary>
    public static string Target(Inspection inspection) =>
        inspection.Connection is { } connection ? $"connection {connection.Id} (route {connection.RouteName})" : inspection.Order.About;

    /// <summary>What everybody is told while it is armed or running.</summary>
    public static string Banner(Inspection inspection, DateTimeOffset now) =>
        inspection.State == InspectionState.Armed
            ? $"{inspection.Order.By} waits to inspect the messages of {Target(inspection)}, {Left(inspection, now)}"
            : $"{inspection.Order.By} inspects the messages of {Target(inspection)}, {Left(inspection, now)}";

    /// <summary>How long it goes on.</summary>
    public static string Left(Inspection inspection, DateTimeOffset now) => $"{Shown.Duration(inspection.Ends - now)} left";

    /// <summary>The state of an inspection, in words.</summary>
    public static string State(InspectionState state) =>
        state switch
        {
            InspectionState.Armed => "waiting",
            InspectionState.Running => "running",
            _ => "over",
        };

    /// <summary>A kind of frame.</summary>
    public static string Opcode(int opcode) =>
        opcode switch
        {
            1 => "text",
            2 => "binary",
            8 => "close",
            9 => "ping",
            10 => "pong",
            _ => $"opcode {opcode}",
        };

    /// <summary>The direction in which a message went.</summary>
    public static string Direction(InspectedMessage message) => message.FromClient ? "client → server" : "server → client";
}
