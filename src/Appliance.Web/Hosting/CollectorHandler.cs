namespace Appliance.Web.Hosting;

/// <summary>
/// Stands between OpenTelemetry's exporter of one signal and the network, and reports what became of every export. The library says it
/// only to tools that listen to its event source. At a stop the library waits for exports longer than it is told to, so they end with
/// <paramref name="last"/>.
/// </summary>
internal sealed class CollectorHandler(string signal, CollectorReports reports, HttpMessageHandler inner, CancellationToken last)
    : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, last);
        try
        {
            var response = await base.SendAsync(request, either.Token);

            // The status of gRPC stands behind the body.
            await response.Content.LoadIntoBufferAsync(either.Token);
            Note(request, response);
            return response;
        }
        catch (Exception failed)
        {
            Failed(request, ReasonOf(failed, either.Token));
            throw;
        }
    }

    /// <inheritdoc/>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, last);
        try
        {
            var response = base.Send(request, either.Token);
            Note(request, response);
            return response;
        }
        catch (Exception failed)
        {
            Failed(request, ReasonOf(failed, either.Token));
            throw;
        }
    }

    // A connection that is cut when its time is over looks as if it had broken.
    private static string ReasonOf(Exception failed, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? CollectorReasons.Late : CollectorReasons.Of(failed);

    private void Note(HttpRequestMessage request, HttpResponseMessage response)
    {
        if (CollectorReasons.Of(request, response) is { } reason)
            Failed(request, reason);
        else
            reports.Took(signal);
    }

    private void Failed(HttpRequestMessage request, string reason) =>
        reports.Failed(signal, reason, signal == "metrics" ? 1 : OtlpItems.CountIn(request));
}
