using System.Text;
using Appliance.Testing;
using Appliance.Web.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Appliance.Web.Tests.Hosting;

public sealed class LogSinkTests
{
    [Fact]
    public async Task Write_NobodyReads_NeverWaitsAndSaysLaterHowMuchWasLost()
    {
        using var output = new StuckWriter();
        using var sink = new LogSink(output);
        var line = new string('x', 999) + "\n";
        sink.Write("first\n");
        await Eventually.TrueAsync(() => Task.FromResult(output.IsStuck), "the thread stands in its write");
        const int lines = (LogSink.MostCharacters / 1000) + 500;
        for (var at = 0; at < lines; at++)
            sink.Write(line);
        sink.Write("lost, too\n");

        output.Release();
        await Eventually.TrueAsync(() => Task.FromResult(output.Text.Contains("dropped", StringComparison.Ordinal)), "the loss is said");
        sink.Write("again\n");
        await Eventually.TrueAsync(() => Task.FromResult(output.Text.EndsWith("again\n", StringComparison.Ordinal)), "lines flow again");

        var kept = LogSink.MostCharacters / 1000;
        output.Text.Split('\n').Length.ShouldBe(kept + 4);
        output.Text.ShouldContain(
            $"\n{lines - kept + 1} lines of the log were dropped, because nobody read the output or its disk was full.\nagain\n"
        );
    }

    // The access log may be dropped while a warning still has its place.
    [Fact]
    public async Task Write_WithLessRoom_LeavesTheRestToOthers()
    {
        using var output = new StuckWriter();
        using var sink = new LogSink(output);
        sink.Write("first\n");
        await Eventually.TrueAsync(() => Task.FromResult(output.IsStuck), "the thread stands in its write");
        var line = new string('x', 999) + "\n";
        for (var at = 0; at < LogSink.MostCharacters / 1000; at++)
            sink.Write(line, 1, LogSink.MostCharacters / 2);
        sink.Write("a warning\n");

        output.Release();
        await Eventually.TrueAsync(() => Task.FromResult(output.Text.Contains("dropped", StringComparison.Ordinal)), "the loss is said");
        output.Text.ShouldContain("\na warning\n");
        output.Text.ShouldContain($"\n{(LogSink.MostCharacters / 1000) - (LogSink.MostCharacters / 2000)} lines of the log were dropped");
    }

    [Fact]
    public void Dispose_NobodyReads_ComesBack()
    {
        using var output = new StuckWriter();
        var sink = new LogSink(output);
        sink.Write("one\n");
        sink.Dispose();
        output.Text.ShouldBe("");
        output.Release();
    }

    [Fact]
    public void Dispose_LinesWait_AreWritten()
    {
        using var output = new StringWriter();
        var sink = new LogSink(output);
        for (var at = 0; at < 1000; at++)
            sink.Write($"{at}\n");
        sink.Dispose();
        output.ToString().ShouldEndWith("998\n999\n");
    }

    [Fact]
    public async Task Write_OutputFails_GoesOnWithTheNextLine()
    {
        using var output = new FullDisk();
        using var sink = new LogSink(output);
        sink.Write("one\n");
        await Eventually.TrueAsync(() => Task.FromResult(output.Refused > 0), "the disk is full");
        output.HasRoom = true;
        await Eventually.TrueAsync(
            () =>
            {
                sink.Write("two\n");
                return Task.FromResult(output.ToString().Contains("two\n", StringComparison.Ordinal));
            },
            "the next line is there"
        );
        output.ToString().ShouldContain("dropped");
    }

    [Theory]
    [InlineData(
        false,
        "warn: Appliance.Web.Hosting.LogSink[0] 1 line of the log was dropped, because nobody read the output or its disk was full."
    )]
    [InlineData(
        true,
        "\"LogLevel\":\"Warning\",\"Category\":\"Appliance.Web.Hosting.LogSink\",\"Message\":\"1 line of the log was dropped, because "
            + "nobody read the output or its disk was full.\""
    )]
    public async Task Create_Format_IsAlsoTheLosss(bool isJson, string expected)
    {
        using var output = new StuckWriter();
        using var sink = new LogSink(output);
        using var logs = ConsoleLogs.Create(new(LogLevel.Information, isJson, TimeProvider.System), sink);
        var log = logs.CreateLogger("Appliance.Test");
        Say(log, "the first");
        await Eventually.TrueAsync(() => Task.FromResult(output.IsStuck), "the thread stands in its write");
        Say(log, new string('x', LogSink.MostCharacters));
        output.Release();
        await Eventually.TrueAsync(() => Task.FromResult(output.Text.Contains(expected, StringComparison.Ordinal)), "the loss is said");
        output.Text.ShouldContain("the first");
    }

    [Theory]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", 67, LogLevel.Information, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", 67, LogLevel.Debug, true)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", 13, LogLevel.Information, true)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Http2", 60, LogLevel.Information, false)]
    public void Create_WhatAnyClientCanCause_IsShownAtDebugAlone(string category, int id, LogLevel setting, bool isShown)
    {
        using var output = new StringWriter();
        using (var sink = new LogSink(output))
        {
            using var logs = ConsoleLogs.Create(new(setting, isJson: false, TimeProvider.System), sink);
            Say(logs.CreateLogger(category), "it happened", id);
        }

        output.ToString().Contains("it happened", StringComparison.Ordinal).ShouldBe(isShown);
    }

    [Theory]
    [InlineData(false, LogLevel.Information)]
    [InlineData(true, LogLevel.Information)]
    [InlineData(false, LogLevel.Debug)]
    public void Create_StoreIsAway_IsOneLineWithItsCauseAndATraceAtDebugAlone(bool isJson, LogLevel setting)
    {
        using var output = new StringWriter();
        using (var sink = new LogSink(output))
        {
            using var logs = ConsoleLogs.Create(new(setting, isJson, TimeProvider.System), sink);
            Fail(logs, new SqliteException("database or disk is full", 13));
            Fail(logs, new DbUpdateException("An error occurred while saving.", new SqliteException("database is locked", 5)));
            Fail(logs, new IOException("No space left on device : '/data/x'", 28));
        }

        var said = output.ToString();
        said.Contains("   at ", StringComparison.Ordinal).ShouldBe(setting == LogLevel.Debug, said);
        if (setting == LogLevel.Debug)
            return;
        said.ShouldContain("It was not stored. The disk of the data folder is full. Make room, and try again.");
        said.ShouldContain("It was not stored. The database is locked by another process.");
        said.ShouldContain("It was not stored. A disk is full (No space left on device");
    }

    // A bug keeps its trace, also where the database refuses what it wrote.
    [Fact]
    public void Create_ABug_KeepsItsTrace()
    {
        using var output = new StringWriter();
        using (var sink = new LogSink(output))
        {
            using var logs = ConsoleLogs.Create(new(LogLevel.Information, isJson: false, TimeProvider.System), sink);
            Fail(logs, new InvalidOperationException("a bug"));
            Fail(logs, new DbUpdateException("An error occurred while saving.", new SqliteException("UNIQUE constraint failed", 19)));
        }

        output.ToString().Split("   at ").Length.ShouldBeGreaterThan(2);
        output.ToString().ShouldContain("UNIQUE constraint failed");
    }

    // Thrown, so that it has a trace.
    private static void Fail(ILoggerFactory logs, Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception thrown) when (thrown == exception)
        {
            logs.CreateLogger("Appliance.Test").Log(LogLevel.Warning, new EventId(1), "It was not stored.", thrown, (said, _) => said);
        }
    }

    private static void Say(ILogger log, string text, int id = 0) =>
        log.Log(LogLevel.Error, new EventId(id), text, null, (said, _) => said);

    private sealed class StuckWriter : TextWriter
    {
        private readonly ManualResetEventSlim _read = new();
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public bool IsStuck { get; private set; }

        public string Text
        {
            get
            {
                lock (_text)
                    return _text.ToString();
            }
        }

        public void Release() => _read.Set();

        public override void Write(char value) => Write(value.ToString());

        public override void Write(string? value)
        {
            IsStuck = true;
            _read.Wait(TimeSpan.FromSeconds(30));
            lock (_text)
                _text.Append(value);
        }
    }

    private sealed class FullDisk : StringWriter
    {
        public int Refused { get; private set; }

        public bool HasRoom { get; set; }

        public override void Write(string? value)
        {
            if (!HasRoom)
            {
                Refused++;
                throw new IOException("No space left on device");
            }

            base.Write(value);
        }
    }
}
