using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Appliance.Testing;
using Appliance.Web.About;
using Appliance.Web.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Hosting;

/// <summary>What is said of a collector that does not take what it is sent.</summary>
public sealed class CollectorReportsTests
{
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly Said _log = new();
    private readonly CollectorState _state;
    private readonly CollectorReports _reports;

    public CollectorReportsTests()
    {
        _state = new(new("http://user:secret@collector:4317/"), ["traces", "metrics", "logs"], _time);
        _reports = new(_state, _time) { Log = _log };
    }

    [Fact]
    public void Failures_AreOneWarningAMinute_WithWhatWasLostSince()
    {
        _reports.Failed("traces", "refused the connection", 1);
        _reports.Failed("traces", "refused the connection", 17);
        _reports.Failed("logs", "refused the connection", 3);
        _log.Lines.ShouldBe(["The collector http://collector:4317/ refused the connection. Lost: 1 span. (said once a minute)"]);

        _time.Advance(TimeSpan.FromMinutes(1));
        _reports.Failed("metrics", "answered 503", 1);
        _log.Lines[1..]
            .ShouldBe([
                "The collector http://collector:4317/ answered 503. "
                    + "Lost: 3 lines of the log, 1 reading of the metrics, 17 spans. (said once a minute)",
            ]);
    }

    [Fact]
    public void Success_AfterFailures_IsSaidWhenEverySignalIsTaken()
    {
        _reports.Took("logs");
        _log.Lines.ShouldBeEmpty();
        _reports.Failed("traces", "did not answer in time", 5);
        _reports.Failed("logs", "did not answer in time", 2);
        _reports.Took("traces");
        _log.Lines.Length.ShouldBe(1);
        _reports.Took("logs");
        _reports.Took("logs");
        _log.Lines[1..]
            .ShouldBe([
                "The collector http://collector:4317/ takes what it is sent again. Lost since the last warning: 2 lines of the log.",
            ]);
    }

    [Fact]
    public void State_HasLastSuccessAndLastFailureOfEachSignal()
    {
        var began = _time.GetUtcNow();
        _reports.Took("traces");
        _time.Advance(TimeSpan.FromSeconds(5));
        _reports.Failed("traces", "answered 401", 4);
        _state.Signals.ShouldBe([
            new("logs", null, null, null, 0, false),
            new("metrics", null, null, null, 0, false),
            new("traces", began, began.AddSeconds(5), "answered 401", 4, true),
        ]);
    }

    public static TheoryData<Exception, string> Exceptions =>
        new()
        {
            { Failed(new SocketException((int)SocketError.ConnectionRefused)), "refused the connection" },
            { Failed(new SocketException((int)SocketError.HostNotFound)), "has a name that cannot be looked up" },
            { Failed(new SocketException((int)SocketError.NetworkUnreachable)), "cannot be reached from here" },
            { new TaskCanceledException("", new TimeoutException()), "did not answer in time" },
            { Failed(new AuthenticationException("The certificate\nis bad.")), "could not be reached by TLS: The certificate is bad" },
            { new HttpRequestException(HttpRequestError.HttpProtocolError, ""), "APPLIANCE_OTLP_PROTOCOL" },
            { new HttpRequestException(HttpRequestError.ResponseEnded, ""), "closed the connection without an answer" },
        };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Reason_OfAnException_IsInWords(Exception exception, string words) => CollectorReasons.Of(exception).ShouldContain(words);

    [Theory]
    [InlineData(HttpStatusCode.OK, null, "")]
    [InlineData(HttpStatusCode.Unauthorized, null, "answered 401, so it wants a key")]
    [InlineData(HttpStatusCode.NotFound, null, "answered 404, so nothing takes exports at this address")]
    [InlineData(HttpStatusCode.ServiceUnavailable, null, "answered 503")]
    [InlineData(HttpStatusCode.OK, "0", "")]
    [InlineData(HttpStatusCode.OK, "16", "answered UNAUTHENTICATED (16): no key, so it wants a key")]
    [InlineData(HttpStatusCode.OK, "14", "answered UNAVAILABLE (14): no key")]
    [InlineData(HttpStatusCode.OK, "99", "answered a status of gRPC (99): no key")]
    [InlineData(HttpStatusCode.OK, "", "answered 200 without a status of gRPC")]
    public void Reason_OfAnAnswer_IsInWords(HttpStatusCode status, string? grpc, string words)
    {
        using var request = new HttpRequestMessage { Content = new ByteArrayContent([]) };
        using var response = new HttpResponseMessage(status);
        if (grpc is not null)
            request.Content.Headers.ContentType = new("application/grpc");
        if (grpc is { Length: > 0 })
        {
            response.TrailingHeaders.Add("grpc-status", grpc);
            response.TrailingHeaders.Add("grpc-message", "no%20key");
        }

        var reason = CollectorReasons.Of(request, response);
        if (words.Length == 0)
            reason.ShouldBeNull();
        else
            reason.ShouldNotBeNull().ShouldStartWith(words);
    }

    // Two resources: one with two spans, one with another field and one span.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Items_OfAnExport_AreCounted(bool isGrpc)
    {
        byte[] message = [0x0a, 0x08, 0x12, 0x06, 0x12, 0x00, 0x12, 0x02, 0x08, 0x01, 0x0a, 0x06, 0x08, 0x05, 0x12, 0x02, 0x12, 0x00];
        using var request = new HttpRequestMessage
        {
            Content = new ByteArrayContent(isGrpc ? [0, 0, 0, 0, (byte)message.Length, .. message] : message),
        };
        if (isGrpc)
            request.Content.Headers.ContentType = new("application/grpc");
        OtlpItems.CountIn(request).ShouldBe(3);
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xff })]
    [InlineData(new byte[] { 0x0a, 0x7f })]
    [InlineData(new byte[] { 0x0b })]
    public void Items_OfWhatIsNoExport_AreNotKnown(byte[] body)
    {
        using var request = new HttpRequestMessage { Content = new ByteArrayContent(body) };
        OtlpItems.CountIn(request).ShouldBe(0);
    }

    private static HttpRequestException Failed(Exception inner) => new("It failed.", inner);

    private sealed class Said : ILogger
    {
        private readonly List<string> _lines = [];

        public string[] Lines => [.. _lines];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => _lines.Add(formatter(state, exception));
    }
}
