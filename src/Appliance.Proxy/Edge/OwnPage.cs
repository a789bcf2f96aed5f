using System.Text;
using System.Text.Encodings.Web;
using Appliance.Proxy.Items;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Proxy.Edge;

/// <summary>The pages we answer ourselves. They name no address and no product version: they are read by strangers.</summary>
public static class OwnPage
{
    /// <summary>
    /// Writes status, headline and one sentence: HTML for browsers, plain text for everyone else. Does nothing when the response has
    /// started.
    /// </summary>
    public static Task WriteAsync(HttpContext context, int status, string sentence)
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
        var body = Encoding.UTF8.GetBytes(html ? Html(status, title, sentence) : $"{status} {title}\n{sentence}\n");
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static string Html(int status, string title, string sentence) =>
        $$"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{{status}} {{title}}</title>
            <style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}h1{font-size:1.5rem;margin:0 0 .5rem}p{opacity:.8}</style>
            </head><body><h1>{{status}} {{title}}</h1><p>{{HtmlEncoder.Default.Encode(sentence)}}</p></body></html>

            """;
}
