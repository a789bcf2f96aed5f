using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Appliance.Proxy.Edge;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>A head that takes too long is answered by the server under us; what came of it is noted.</summary>
public sealed class SlowHeadTests
{
    [Theory]
    [InlineData(30, true)]
    [InlineData(5, false)]
    public async Task HeadThatTakesTooLong_IsNotedOnce(int seconds, bool isNoted)
    {
        var time = TestTime.New();
        var pipe = new Pipe();
        List<string> noted = [];
        var reader = new HeadReader(pipe.Reader, new(), time, bytes => noted.Add(Encoding.ASCII.GetString(bytes.ToArray())));
        await pipe.Writer.WriteAsync("GET /slow HTTP/1.1\r\nHo"u8.ToArray());
        var begun = await reader.ReadAsync();
        reader.AdvanceTo(begun.Buffer.Start, begun.Buffer.End);
        time.Advance(TimeSpan.FromSeconds(seconds));
        reader.CancelPendingRead();
        var cancelled = await reader.ReadAsync();
        cancelled.IsCanceled.ShouldBeTrue();
        reader.AdvanceTo(cancelled.Buffer.Start, cancelled.Buffer.End);

        noted.ShouldBe(isNoted ? ["GET /slow HTTP/1.1\r\nHo"] : []);
    }
}
