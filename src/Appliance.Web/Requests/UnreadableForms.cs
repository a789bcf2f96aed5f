using Appliance.Data;
using Appliance.Proxy.Edge;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Web.Requests;

/// <summary>
/// Answers 413 or 400 with a sentence when a form's body is too long, cannot be read as a form, or is broken in the middle: that is the
/// sender's fault. The framework alone would answer 500, with the exception of the code that reads the form.
/// </summary>
internal static class UnreadableForms
{
    public static async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (StatusOf(context, exception) is not null && !context.Response.HasStarted)
        {
            // Going on is right: nothing was read, so nothing was done.
            var status = StatusOf(context, exception) ?? StatusCodes.Status400BadRequest;
            context.Response.Clear();
            await OwnPage.WriteAsync(
                context,
                status,
                status == StatusCodes.Status413PayloadTooLarge
                    ? "This form is longer than the console accepts; nothing was done."
                    : "This form cannot be read; nothing was done.",
                isKept: false
            );
        }
    }

    // Null for what is no fault of the sender's. The innermost says most: antiforgery wraps what its reading of the form threw.
    private static int? StatusOf(HttpContext context, Exception exception)
    {
        for (var one = exception; one is not null; one = one.InnerException)
        {
            if (one is BadHttpRequestException bad)
                return bad.StatusCode;

            // An encoding that the runtime refuses, as UTF-7. Whatever is not supported once a form has been read is a fault of ours.
            if (one is NotSupportedException && context.Features.Get<IFormFeature>() is { HasFormContentType: true, Form: null })
                return StatusCodes.Status400BadRequest;
        }

        // A database that was lost is an IOException, too, and says so elsewhere (StoreAway).
        if (!HttpMethods.IsPost(context.Request.Method) || StoreFaults.IsAway(exception) || context.RequestAborted.IsCancellationRequested)
            return null;
        var isUnread = exception is InvalidDataException or (IOException and not FileNotFoundException) && ReadingFailed(context);
        return exception is AntiforgeryValidationException || isUnread ? StatusCodes.Status400BadRequest : null;
    }

    // A form that was read stands in its feature: then the exception is of something else, such as a file of the product's.
    private static bool ReadingFailed(HttpContext context) =>
        context.Request.HasFormContentType && context.Features.Get<IFormFeature>() is { Form: null };
}
