using System.Net.Security;
using System.Runtime.CompilerServices;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// How long the keys live that seal session tickets (RFC 8446, 4.6.1). .NET keeps them with what a certificate's handshakes get, so that is
/// made again from time to time: a key that leaks later opens no older ticket. A client with a ticket of the keys before makes a whole
/// handshake. Open connections are not touched.
/// </summary>
/// <param name="time">Their clock.</param>
internal sealed class TicketKeys(TimeProvider time)
{
    /// <summary>How long one is used.</summary>
    public static readonly TimeSpan LiveFor = TimeSpan.FromHours(12);

    private readonly ConditionalWeakTable<ServedCertificate, Turn> _turns = [];

    /// <summary>What a handshake with this certificate gets now.</summary>
    public SslStreamCertificateContext For(ServedCertificate certificate)
    {
        var turn = _turns.GetValue(certificate, first => new(first.Context, time.GetTimestamp()));
        return time.GetElapsedTime(turn.BegunAt) < LiveFor ? turn.Context : Next(certificate, turn);
    }

    // Many handshakes may find it at the same time; one makes the next.
    private SslStreamCertificateContext Next(ServedCertificate certificate, Turn seen)
    {
        lock (_turns)
        {
            if (_turns.TryGetValue(certificate, out var turn) && turn != seen)
                return turn.Context;
            var next = new Turn(certificate.NewContext(), time.GetTimestamp());
            _turns.AddOrUpdate(certificate, next);
            return next.Context;
        }
    }

    private sealed record Turn(SslStreamCertificateContext Context, long BegunAt);
}
