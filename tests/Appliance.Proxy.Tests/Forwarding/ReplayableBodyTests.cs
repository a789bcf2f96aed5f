using Appliance.Proxy.Forwarding;

namespace Appliance.Proxy.Tests.Forwarding;

public sealed class ReplayableBodyTests
{
    private static readonly byte[] _sent = [.. Enumerable.Range(0, 300_000).Select(index => (byte)(index * 7))];

    private readonly ReplayBudget _budget = new(1 << 20);

    [Fact]
    public async Task Rewind_PartlyRead_StartsAgainAndGoesOn()
    {
        await using var body = new ReplayableBody(new MemoryStream(_sent), 1 << 20, _budget);
        await body.ReadExactlyAsync(new byte[123_456]);
        body.CanReplay.ShouldBeTrue();
        body.Rewind();

        var copy = new MemoryStream();
        await body.CopyToAsync(copy);

        copy.ToArray().ShouldBe(_sent);
        body.BytesRead.ShouldBe(_sent.Length);
    }

    [Fact]
    public async Task CanReplay_MoreReadThanKept_IsFalse()
    {
        await using var body = new ReplayableBody(new MemoryStream(_sent), 100_000, _budget);
        await body.CopyToAsync(Stream.Null);
        body.CanReplay.ShouldBeFalse();
    }

    [Fact]
    public async Task CanReplay_NothingReadYet_IsTrueWithoutKeeping()
    {
        await using var body = new ReplayableBody(new MemoryStream(_sent), 0, _budget);
        body.CanReplay.ShouldBeTrue();
        _ = await body.ReadAsync(new byte[1]);
        body.CanReplay.ShouldBeFalse();
    }

    [Fact]
    public async Task ReadAsync_ClientFails_IsRemembered()
    {
        await using var body = new ReplayableBody(new BrokenStream(), 100, _budget);
        await Should.ThrowAsync<IOException>(async () => await body.ReadExactlyAsync(new byte[1]));
        body.ClientError.ShouldBeOfType<IOException>();
    }

    [Fact]
    public async Task Budget_IsSpent_BodyIsStreamedWholeAndHoldsNothing()
    {
        var small = new ReplayBudget(200_000);
        await using var first = new ReplayableBody(new MemoryStream(_sent, 0, 150_000), 1 << 20, small);
        await first.CopyToAsync(Stream.Null);
        small.Taken.ShouldBe(160 * 1024);

        await using var second = new ReplayableBody(new MemoryStream(_sent), 1 << 20, small);
        var copy = new MemoryStream();
        await second.CopyToAsync(copy);

        copy.ToArray().ShouldBe(_sent);
        (first.CanReplay, second.CanReplay).ShouldBe((true, false));
        small.Taken.ShouldBe(160 * 1024, "what does not fit is given back whole");
        await first.DisposeAsync();
        small.Taken.ShouldBe(0);
    }

    [Fact]
    public async Task Forget_WhileItIsSentAgain_SendsItAllAndGivesBack()
    {
        await using var body = new ReplayableBody(new MemoryStream(_sent), 1 << 20, _budget);
        await body.ReadExactlyAsync(new byte[123_456]);
        body.Rewind();
        await body.ReadExactlyAsync(new byte[10]);

        body.Forget();
        body.CanReplay.ShouldBeFalse();
        var rest = new MemoryStream();
        await body.CopyToAsync(rest);

        rest.ToArray().ShouldBe(_sent[10..]);
        _budget.Taken.ShouldBe(0);
    }

    [Fact]
    public async Task Forget_AllIsSent_GivesBackImmediatelyAndGoesOn()
    {
        await using var body = new ReplayableBody(new MemoryStream(_sent), 1 << 20, _budget);
        await body.ReadExactlyAsync(new byte[100_000]);
        body.Forget();
        _budget.Taken.ShouldBe(0);
        var rest = new MemoryStream();
        await body.CopyToAsync(rest);
        rest.ToArray().ShouldBe(_sent[100_000..]);
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("reset");
    }
}
