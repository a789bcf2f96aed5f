using Appliance.Proxy.Forwarding;

namespace Appliance.Proxy.Tests.Forwarding;

public sealed class ReplayableBodyTests
{
    private static readonly byte[] Sent = [.. Enumerable.Range(0, 300_000).Select(index => (byte)(index * 7))];

    [Fact]
    public async Task Rewind_PartlyRead_StartsAgainAndGoesOn()
    {
        await using var body = new ReplayableBody(new MemoryStream(Sent), 1 << 20);
        await body.ReadExactlyAsync(new byte[123_456]);
        body.CanReplay.ShouldBeTrue();
        body.Rewind();

        var copy = new MemoryStream();
        await body.CopyToAsync(copy);

        copy.ToArray().ShouldBe(Sent);
        body.BytesRead.ShouldBe(Sent.Length);
    }

    [Fact]
    public async Task CanReplay_MoreReadThanKept_IsFalse()
    {
        await using var body = new ReplayableBody(new MemoryStream(Sent), 100_000);
        await body.CopyToAsync(Stream.Null);
        body.CanReplay.ShouldBeFalse();
    }

    [Fact]
    public async Task CanReplay_NothingReadYet_IsTrueWithoutKeeping()
    {
        await using var body = new ReplayableBody(new MemoryStream(Sent), 0);
        body.CanReplay.ShouldBeTrue();
        _ = await body.ReadAsync(new byte[1]);
        body.CanReplay.ShouldBeFalse();
    }

    [Fact]
    public async Task ReadAsync_ClientFails_IsRemembered()
    {
        await using var body = new ReplayableBody(new BrokenStream(), 100);
        await Should.ThrowAsync<IOException>(async () => await body.ReadExactlyAsync(new byte[1]));
        body.ClientError.ShouldBeOfType<IOException>();
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("reset");
    }
}
