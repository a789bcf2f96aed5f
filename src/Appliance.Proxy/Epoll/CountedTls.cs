using System.Net.Security;

namespace Appliance.Proxy.Epoll;

/// <summary>.NET's TLS over a <see cref="CipherStream"/>, which tells <see cref="TlsRecords"/> how much came out of it.</summary>
internal sealed class CountedTls(CipherStream cipher, TlsRecords records) : SslStream(cipher, leaveInnerStreamOpen: true)
{
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = base.ReadAsync(buffer, cancellationToken);

        // A read of nothing waits without a buffer, and opens nothing.
        if (buffer.IsEmpty)
            return reading;
        if (!reading.IsCompletedSuccessfully)
            return CountAsync(reading);
        var read = reading.GetAwaiter().GetResult();
        records.Opened(read);
        return new ValueTask<int>(read);
    }

    private async ValueTask<int> CountAsync(ValueTask<int> reading)
    {
        var read = await reading;
        records.Opened(read);
        return read;
    }
}
