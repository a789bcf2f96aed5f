using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Frames;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Connections;

/// <summary>The gate by itself: what goes on, in whatever pieces it comes.</summary>
public sealed class FrameGateTests
{
    private static readonly WebSocketPolicy _wide = new()
    {
        MaxMessageBytes = 1 << 30,
        MaxMessageRate = 1_000_000,
        PingInterval = TimeSpan.FromSeconds(30),
        PingTimeout = TimeSpan.FromSeconds(10),
    };

    private readonly FakeTimeProvider _clock = TestTime.New();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Filter_RandomFramesInRandomPieces_NothingIsChanged(int seed)
    {
        var random = new Random(seed);
        var stream = RandomStream(random, masked: seed % 2 == 0, out _);
        var (gate, passed) = (Gate(_wide, fromClient: seed % 2 == 0), new List<byte>());

        Feed(gate, stream, random, passed);
        passed.AddRange(gate.TakeHeld());

        passed.ToArray().AsSpan().SequenceEqual(stream).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Filter_OurPong_IsTakenOutWhereverItIsCut(bool masked)
    {
        byte[]? mask = masked ? [9, 200, 7, 77] : null;
        var before = Frames.Write(0x81, "before"u8.ToArray(), mask);
        var behind = Frames.Write(0x82, new byte[300], mask);
        var foreign = Frames.Write(0x8A, "8 letter"u8.ToArray(), mask);
        for (var cut = 0; cut <= before.Length + 22; cut++)
        {
            var gate = Gate(_wide, fromClient: masked);
            var pong = Frames.Write(0x8A, Ping(gate), mask);
            byte[] stream = [.. before, .. pong, .. foreign, .. behind];
            var passed = new List<byte>();
            Pass(gate, stream.AsSpan(0, cut), passed);
            Pass(gate, stream.AsSpan(cut), passed);

            passed.ToArray().ShouldBe([.. before, .. foreign, .. behind], $"cut at {cut}");
            gate.HeldBytes.ShouldBe(0);
        }
    }

    [Fact]
    public void Filter_OurPongByteByByte_NothingOfItGoesOn()
    {
        var gate = Gate(_wide, fromClient: true);
        var pong = Frames.Write(0x8A, Ping(gate), [1, 2, 3, 4]);
        var passed = new List<byte>();

        foreach (var value in pong)
        {
            Pass(gate, [value], passed);
            gate.HeldBytes.ShouldBeLessThanOrEqualTo(FrameGate.MostHeldBytes);
        }

        passed.ShouldBeEmpty();
    }

    [Fact]
    public void Filter_SecondPongOfOnePing_GoesOn()
    {
        var gate = Gate(_wide, fromClient: false);
        var pong = Frames.Write(0x8A, Ping(gate), null);
        var passed = new List<byte>();

        Pass(gate, pong, passed);
        Pass(gate, pong, passed);

        passed.ToArray().ShouldBe(pong, "only the answer to a ping of ours is ours");
    }

    [Fact]
    public void Filter_PongBetweenFragments_MessageIsWhole()
    {
        var gate = Gate(_wide, fromClient: false);
        byte[] first = Frames.Write(0x01, "one "u8.ToArray(), null),
            last = Frames.Write(0x80, "two"u8.ToArray(), null);
        var pong = Frames.Write(0x8A, Ping(gate), null);
        var passed = new List<byte>();

        Pass(gate, [.. first, .. pong, .. last], passed);

        passed.ToArray().ShouldBe([.. first, .. last]);
    }

    [Theory]
    [InlineData(100, 100, false)]
    [InlineData(100, 101, true)]
    [InlineData(65_536, 65_536, false)]
    [InlineData(65_536, 65_537, true)]
    public void Filter_MessageSize_LimitIsInclusive(int limit, int size, bool refused)
    {
        var gate = Gate(new WebSocketPolicy { MaxMessageBytes = limit }, fromClient: false);

        var result = gate.Filter(Frames.Write(0x82, new byte[size], null), _clock.GetTimestamp());

        result.Order?.Code.ShouldBe(1009);
        (result.Order is not null).ShouldBe(refused);
        (result.Pass == 0).ShouldBe(refused);
    }

    [Fact]
    public void Filter_FragmentsTogetherTooLarge_TheOneTooManyStops()
    {
        var gate = Gate(new WebSocketPolicy { MaxMessageBytes = 10 }, fromClient: true);
        byte[] mask = [1, 2, 3, 4];
        byte[] fits =
        [
            .. Frames.Write(0x01, new byte[6], mask),
            .. Frames.Write(0x89, new byte[50], mask),
            .. Frames.Write(0x00, new byte[4], mask),
        ];
        byte[] tooMuch = Frames.Write(0x80, new byte[1], mask);

        var result = gate.Filter([.. fits, .. tooMuch], _clock.GetTimestamp());

        (result.Pass, result.End).ShouldBe((fits.Length, fits.Length + tooMuch.Length));
        result.Order?.End.ShouldBe(TunnelEnd.MessageTooBig);
    }

    [Fact]
    public void Filter_LengthsThatOverflow_AreTooLarge()
    {
        var gate = Gate(new WebSocketPolicy { MaxMessageBytes = 1 << 20 }, fromClient: false);
        var result = gate.Filter(Frames.Header(0x02, long.MaxValue, null), _clock.GetTimestamp());
        result.Order.ShouldNotBeNull();
    }

    [Fact]
    public void Filter_HeaderOfATooLargeMessageInPieces_NothingOfItGoesOn()
    {
        var gate = Gate(new WebSocketPolicy { MaxMessageBytes = 1000 }, fromClient: true);
        var header = Frames.Header(0x82, 70_000, [1, 2, 3, 4]);

        for (var at = 0; at < header.Length - 1; at++)
            gate.Filter(header.AsSpan(at, 1), _clock.GetTimestamp()).Pass.ShouldBe(0);
        var result = gate.Filter(header.AsSpan(header.Length - 1), _clock.GetTimestamp());

        (result.Pass, result.Order?.Code).ShouldBe((0, 1009));
        result.Copy.AsSpan(0, result.End).SequenceEqual(header).ShouldBeTrue("what was held back must still be counted");
    }

    [Fact]
    public void Filter_LargePieceBehindACutHeader_IsNotKeptInMemory()
    {
        var gate = Gate(_wide, fromClient: true);
        var frame = Frames.Write(0x82, new byte[60_000], [1, 2, 3, 4]);
        gate.Filter(frame.AsSpan(0, 1), _clock.GetTimestamp());
        gate.Filter(frame.AsSpan(1), _clock.GetTimestamp()).Copy.ShouldNotBeNull().Length.ShouldBeGreaterThan(50_000);

        gate.KeptBytes.ShouldBeLessThanOrEqualTo(1024, "an idle connection holds no buffer, whatever its client did");
    }

    [Theory]
    [InlineData(0x89, 1001, true)]
    [InlineData(0x89, 1000, false)]
    [InlineData(0x8B, 5_000_000_000, true)]
    [InlineData(0x8A, 125, false)]
    public void Filter_ControlFrameLargerThanAMessageMayBe_IsRefused(byte first, long length, bool refused)
    {
        var gate = Gate(new WebSocketPolicy { MaxMessageBytes = 1000 }, fromClient: true);
        var result = gate.Filter(Frames.Header(first, length, [1, 2, 3, 4]), _clock.GetTimestamp());
        (result.Order?.Code == 1009).ShouldBe(refused);
    }

    [Fact]
    public void Filter_SmallLimit_StillLetsControlFramesPass()
    {
        var gate = Gate(new WebSocketPolicy { MaxMessageBytes = 10 }, fromClient: true);
        Order(gate, Frames.Write(0x89, new byte[125], [1, 2, 3, 4])).ShouldBeNull();
        Order(gate, Frames.Header(0x89, 126, [1, 2, 3, 4]))?.Code.ShouldBe(1009);
    }

    [Fact]
    public void Filter_Rate_BurstThenSteadily()
    {
        var gate = Gate(new WebSocketPolicy { MaxMessageRate = 3 }, fromClient: true);
        var message = Frames.MaskedText("x");

        for (var sent = 0; sent < 3; sent++)
            Order(gate, message).ShouldBeNull();
        _clock.Advance(TimeSpan.FromSeconds(0.4));
        Order(gate, message).ShouldBeNull("a third of a second is worth one");
        Order(gate, message)?.Code.ShouldBe(1008);
    }

    [Fact]
    public void Filter_Rate_FragmentsAndControlFramesCountAsNothing()
    {
        var gate = Gate(new WebSocketPolicy { MaxMessageRate = 1 }, fromClient: true);
        byte[] mask = [1, 2, 3, 4];

        Order(
                gate,
                [
                    .. Frames.Write(0x01, [1], mask),
                    .. Frames.Write(0x89, [], mask),
                    .. Frames.Write(0x00, [2], mask),
                    .. Frames.Write(0x80, [3], mask),
                ]
            )
            .ShouldBeNull();
    }

    [Fact]
    public void Filter_SlowDown_PausesForWhatIsOwed()
    {
        var gate = Gate(new WebSocketPolicy { MaxMessageRate = 10, OverRate = OverRate.SlowDown }, fromClient: true);
        byte[] burst = [.. Enumerable.Repeat(Frames.MaskedText("x"), 30).SelectMany(frame => frame)];

        var result = gate.Filter(burst, _clock.GetTimestamp());

        result.Pass.ShouldBe(burst.Length);
        result.Pause.ShouldBe(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(1));
        _clock.Advance(result.Pause);
        gate.Filter(Frames.MaskedText("x"), _clock.GetTimestamp()).Pause.ShouldBe(TimeSpan.FromSeconds(0.1), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void IsDead_SilentEnd_IsPingedOnceAndThenDead()
    {
        var gate = Gate(_wide, fromClient: true);

        _clock.Advance(TimeSpan.FromSeconds(29));
        gate.IsDead(_wide, _clock.GetTimestamp(), out var early).ShouldBeFalse();
        early.ShouldBeNull();
        _clock.Advance(TimeSpan.FromSeconds(1));
        gate.IsDead(_wide, _clock.GetTimestamp(), out var token).ShouldBeFalse();
        token.ShouldNotBeNull();
        _clock.Advance(TimeSpan.FromSeconds(9));
        gate.IsDead(_wide, _clock.GetTimestamp(), out var again).ShouldBeFalse();
        again.ShouldBeNull();
        _clock.Advance(TimeSpan.FromSeconds(1));
        gate.IsDead(_wide, _clock.GetTimestamp(), out _).ShouldBeTrue();
    }

    [Fact]
    public void IsDead_AnyByteBehindThePing_IsALife()
    {
        var gate = Gate(_wide, fromClient: true);
        Ping(gate);
        _clock.Advance(TimeSpan.FromSeconds(5));
        gate.Filter(Frames.MaskedText("busy"), _clock.GetTimestamp());
        _clock.Advance(TimeSpan.FromSeconds(25));

        gate.IsDead(_wide, _clock.GetTimestamp(), out _).ShouldBeFalse();
    }

    // The payload of the ping that this gate now waits for.
    private byte[] Ping(FrameGate gate)
    {
        _clock.Advance(TimeSpan.FromSeconds(30));
        gate.IsDead(_wide, _clock.GetTimestamp(), out var token).ShouldBeFalse();
        var frame = new byte[PingFrame.MostBytes];
        PingFrame.Write(frame, token!.Value, masked: false).ShouldBe(10); // it was silent for long enough
        return frame[2..10];
    }

    private CloseOrder? Order(FrameGate gate, byte[] bytes) => gate.Filter(bytes, _clock.GetTimestamp()).Order;

    private FrameGate Gate(WebSocketPolicy policy, bool fromClient) =>
        new(
            new LiveConnection(_clock)
            {
                RouteId = Guid.Empty,
                RouteName = "",
                PoolName = "",
                ServerAddress = "",
                Host = "",
                Path = "",
                Policy = policy,
            },
            _clock,
            fromClient
        );

    private void Pass(FrameGate gate, ReadOnlySpan<byte> piece, List<byte> passed)
    {
        var result = gate.Filter(piece, _clock.GetTimestamp());
        result.Order.ShouldBeNull();
        passed.AddRange((result.Copy is null ? piece : result.Copy)[..result.Pass]);
    }

    private void Feed(FrameGate gate, byte[] stream, Random random, List<byte> passed)
    {
        for (var at = 0; at < stream.Length; )
        {
            var take = Math.Min(stream.Length - at, 1 + random.Next(random.Next(2) == 0 ? 5 : 2000));
            Pass(gate, stream.AsSpan(at, take), passed);
            at += take;
        }
    }

    private static byte[] RandomStream(Random random, bool masked, out int frames)
    {
        var stream = new List<byte>();
        frames = 20 + random.Next(30);
        for (var one = 0; one < frames; one++)
        {
            byte[]? mask = masked ? [(byte)random.Next(256), (byte)random.Next(256), 3, 4] : null;
            var payload = new byte[
                random.Next(5) switch
                {
                    0 => 0,
                    1 => random.Next(126),
                    2 => 8,
                    3 => 126 + random.Next(1000),
                    _ => random.Next(70_000),
                }
            ];
            random.NextBytes(payload);
            byte[] firsts = [0x81, 0x01, 0x80, 0x82, 0x8A, 0x89, 0xC1];
            stream.AddRange(Frames.Write(firsts[random.Next(firsts.Length)], payload, mask));
        }

        return [.. stream];
    }
}
