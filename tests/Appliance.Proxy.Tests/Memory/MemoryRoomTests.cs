using Appliance.Proxy.Memory;
using Appliance.Testing;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Memory;

public sealed class MemoryRoomTests
{
    [Theory]
    [InlineData(0.5, false, false)]
    [InlineData(0.76, true, false)]
    [InlineData(0.9, true, true)]
    public void Share_IsUsed_SaysWhatIsStillTaken(double used, bool isScarce, bool isSpent)
    {
        var room = new MemoryRoom(TimeProvider.System, () => used, () => { });
        (room.IsScarce, room.IsSpent).ShouldBe((isScarce, isSpent));
    }

    [Fact]
    public void Share_IsScarce_AsksForACollectionNowAndThenAndSeesWhatItBrought()
    {
        var time = TestTime.New();
        var (used, looks, collections) = (0.8, 0, 0);
        var room = new MemoryRoom(
            time,
            () =>
            {
                looks++;
                return used;
            },
            () => collections++
        );
        for (var at = 0; at < 100; at++)
            room.IsScarce.ShouldBeTrue();
        (looks, collections).ShouldBe((1, 1));

        time.Advance(TimeSpan.FromMilliseconds(60));
        room.IsScarce.ShouldBeTrue();
        (looks, collections).ShouldBe((2, 1));
        time.Advance(TimeSpan.FromSeconds(3));
        room.IsScarce.ShouldBeTrue();
        (looks, collections).ShouldBe((3, 2));

        used = 0.1;
        time.Advance(TimeSpan.FromSeconds(3));
        room.IsScarce.ShouldBeFalse();
        (looks, collections).ShouldBe((4, 2));
    }

    [Fact]
    public void OfTheProcess_HereAndNow_IsFarFromItsEnd()
    {
        new UsedMemory().Share().ShouldBeInRange(0.00001, MemoryRoom.ScarceShare);
        MemoryRoom.MostBytes.ShouldBeGreaterThan(64L << 20);
    }

    [Theory]
    [InlineData("0::/a/b\n", "a/b", "268435456\n", 268435456)]
    [InlineData("0::/\n", "", "268435456\n", 268435456)]
    [InlineData("0::/a/b\n", "a/b", "max\n", long.MaxValue)]
    [InlineData("0::/a/b\n", "elsewhere", "5\n", long.MaxValue)]
    [InlineData("4:memory:/x\n", "x", "5\n", long.MaxValue)]
    public void LimitOfCgroup_AsTheKernelWritesIt_IsRead(string membership, string group, string most, long expected)
    {
        var root = Directory.CreateTempSubdirectory("appliance-cgroup-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(root, group));
            File.WriteAllText(Path.Combine(root, group, "memory.max"), most);
            File.WriteAllText(Path.Combine(root, "membership"), membership);
            UsedMemory.LimitOfCgroup(Path.Combine(root, "membership"), root).ShouldBe(expected);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Theory]
    [InlineData(100, 90, false)]
    [InlineData(300, 150, true)]
    [InlineData(3000, 2500, false)]
    [InlineData(3000, 1500, true)]
    public void Return_CommittedAndUsed_IsWorthAPauseWhenMuchIsFree(long committed, long used, bool expected) =>
        MemoryReturn.IsWorthwhile(committed << 20, used << 20).ShouldBe(expected);

    [Fact]
    public void Budget_IsTaken_RefusesWhatIsBeyondAndSaysSoOnceAMinute()
    {
        var (time, log) = (TestTime.New(), new CountingLog());
        var budget = new MemoryBudget("It", "others wait", 100, time, log);
        budget.TryTake(60).ShouldBeTrue();
        budget.TryTake(60).ShouldBeFalse();
        budget.TryTake(40).ShouldBeTrue();
        budget.Used.ShouldBe(100);
        for (var at = 0; at < 50; at++)
            budget.Refuse();
        time.Advance(TimeSpan.FromSeconds(61));
        budget.Refuse();
        (budget.Refused, log.Lines).ShouldBe((51, 2));
        budget.Give(100);
        budget.TryTake(100).ShouldBeTrue();
    }

    private sealed class CountingLog : ILogger
    {
        public int Lines { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Lines++;
    }
}
