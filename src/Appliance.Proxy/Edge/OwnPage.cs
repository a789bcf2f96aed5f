using System.Text;
using System.Text.Encodings.Web;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Proxy.Edge;

/// <summary>
/// The pages we answer ourselves. They name no address and no product version: they are read by strangers. A page about a failure has the
/// ID of its request, so that who sees it can quote it.
/// </summary>
public static class OwnPage
{
    /// <summary>
    /// Writes status, headline and one sentence: HTML for browsers, plain text for everyone else. Does nothing when the response has
    /// started.
    /// </summary>
    /// <param name="context">The request and its response.</param>
    /// <param name="status">The status.</param>
    /// <param name="sentence">What a stranger may read of the reason.</param>
    /// <param name="isKept">The request is found later by its ID. False: nothing keeps it, and the page has no ID.</param>
    public static Task WriteAsync(HttpContext context, int status, string sentence, bool isKept = true)
    {
        var response = context.Response;
        if (response.HasStarted)
            return Task.CompletedTask;
        sentence = VisibleText.Of(sentence);
        var title = ReasonPhrases.GetReasonPhrase(status);
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method) || status is 204 or 304)
            return Task.CompletedTask;
        var html = context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
        response.ContentType = html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
        var id = isKept && status >= StatusCodes.Status400BadRequest ? IdOf(context) : null;
        var body = Encoding.UTF8.GetBytes(html ? Html(status, title, sentence, id) : Plain(status, title, sentence, id));
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>The ID on the page of a request that had no facts when it was answered; null: there was no such page.</summary>
    public static string? GivenId(HttpContext context) => context.Features.Get<PageId>()?.Id;

    // $request_id, where the request has one that the log and the requests page know.
    private static string IdOf(HttpContext context)
    {
        if (context.Features.Get<IHttpResponseBodyFeature>() is IBelongsToRequest { Request: var request })
            return VariableTable.IdOf(request);
        if (context.Features.Get<PageId>() is not { } given)
            context.Features.Set(given = new(VariableTable.NewId()));
        return given.Id;
    }

    private static string Plain(int status, string title, string sentence, string? id) =>
        id is null ? $"{status} {title}\n{sentence}\n" : $"{status} {title}\n{sentence}\nRequest ID: {id}\n";

    private static string Html(int status, string title, string sentence, string? id) =>
        $$"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{{status}} {{title}}</title>
            <style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}h1{font-size:1.5rem;margin:0 0 .5rem}p{opacity:.8}small{opacity:.6;overflow-wrap:anywhere}</style>
            </head><body><h1>{{status}} {{title}}</h1><p>{{HtmlEncoder.Default.Encode(sentence)}}</p>{{(
                id is null ? "" : $"<small>Request ID: {id}</small>"
            )}}</body></html>

            """;

    private sealed record PageId(string Id);
}
