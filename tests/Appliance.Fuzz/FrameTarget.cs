using Appliance.Proxy.Connections.Frames;

namespace Appliance.Fuzz;

/// <summary>The frames of a WebSocket: counted in one piece and byte by byte they are the same.</summary>
internal static class FrameTarget
{
    public static void Check(byte[] bytes)
    {
        var whole = default(FrameMeter);
        var pieces = default(FrameMeter);
        whole.Add(bytes);
        for (var at = 0; at < bytes.Length; at++)
            pieces.Add(bytes.AsSpan(at, 1));

        BrokenRuleException.Unless(whole.Counts == pieces.Counts, "pieces and whole are counted alike");
        BrokenRuleException.Unless(
            (whole.AtBoundary, whole.SawClose, whole.CloseCode, whole.CloseReason)
                == (pieces.AtBoundary, pieces.SawClose, pieces.CloseCode, pieces.CloseReason),
            "pieces and whole stand at the same place"
        );
    }
}
