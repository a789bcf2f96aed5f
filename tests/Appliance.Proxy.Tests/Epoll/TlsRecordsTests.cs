using System.Buffers.Binary;
using Appliance.Proxy.Epoll;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>Which records are too many: those that carry nothing, and never messages, however small and many.</summary>
public sealed class TlsRecordsTests
{
    private const byte Data = 23;
    private const int Overhead = 17;
    private const int Renewal = 5;

    private readonly FakeTimeProvider _time = TestTime.New();

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(16384)]
    public void Messages_AsManyAsMayBe_AreNeverTooMany(int bytes)
    {
        var records = Begun();
        var burst = Many(1400, Data, bytes + Overhead);
        for (var read = 0; read < 100; read++)
        {
            records.Came(burst);
            records.Opened(1400 * bytes);
            records.AreTooMany().ShouldBeFalse();
        }
    }

    [Fact]
    public void Messages_PaddedAsForPrivacy_AreNotTooMany()
    {
        var records = Begun();
        for (var message = 0; message < 5000; message++)
        {
            records.Came(Many(1, Data, 512 + Overhead));
            records.Opened(20);
            records.AreTooMany().ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    public void Renewals_WithinASecond_AreTooManyWithPaddingOrWithout(int padding)
    {
        var records = Begun();
        records.Came(Many(1000, Data, Renewal + Overhead + padding));
        records.AreTooMany().ShouldBeFalse();
        records.Came(Many(1, Data, Renewal + Overhead + padding));
        records.AreTooMany().ShouldBeTrue();
    }

    [Fact]
    public void Renewals_BetweenMessages_AreTooMany()
    {
        var records = Begun();
        var message = 0;
        while (!records.AreTooMany())
        {
            records.Came(Many(9, Data, Renewal + Overhead));
            records.Came(Many(1, Data, 1 + Overhead));
            records.Opened(1);
            (++message).ShouldBeLessThan(200);
        }
    }

    [Fact]
    public void Renewals_SlowButNeverAnswered_AreTooManyOnceTheirAnswersAre()
    {
        var records = Begun();
        for (var second = 0; second < 4; second++)
        {
            Second(records);
            records.AreTooMany().ShouldBeFalse();
        }

        records.Came(Many(500, Data, Renewal + Overhead));

        records.AreTooMany().ShouldBeTrue();
    }

    [Fact]
    public void Renewals_SlowAndAnswered_AreNotTooMany()
    {
        var records = Begun();
        for (var second = 0; second < 60; second++)
        {
            Second(records);
            records.AreTooMany().ShouldBeFalse();
            records.Answered();
        }
    }

    [Fact]
    public void OtherKinds_OfAVersionThatShowsThem_AreTooMany()
    {
        var records = Begun(hidesKinds: false);
        records.Came(Many(5000, Data, 24));
        records.AreTooMany().ShouldBeFalse();
        records.Came(Many(1001, kind: 22, 60));
        records.AreTooMany().ShouldBeTrue();
    }

    [Fact]
    public void Came_ByteByByteFromTheHandshakeOn_CountsTheSame()
    {
        var records = new TlsRecords(_time);
        foreach (var one in Many(3, kind: 22, 700))
            records.Came([one]);
        records.AreTooMany().ShouldBeFalse();
        records.Begin(hidesKinds: true);
        foreach (var one in Many(1000, Data, Renewal + Overhead))
            records.Came([one]);
        records.AreTooMany().ShouldBeFalse();
        foreach (var one in Many(1, Data, Renewal + Overhead))
            records.Came([one]);
        records.AreTooMany().ShouldBeTrue();
    }

    private TlsRecords Begun(bool hidesKinds = true)
    {
        var records = new TlsRecords(_time);
        records.Begin(hidesKinds);
        return records;
    }

    private void Second(TlsRecords records)
    {
        records.Came(Many(900, Data, Renewal + Overhead));
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private static byte[] Many(int count, byte kind, int length)
    {
        var record = new byte[5 + length];
        (record[0], record[1], record[2]) = (kind, 3, 3);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(3), (ushort)length);
        return [.. Enumerable.Repeat(record, count).SelectMany(one => one)];
    }
}
