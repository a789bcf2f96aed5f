using Microsoft.AspNetCore.Antiforgery;

namespace Appliance.Web.Requests;

/// <summary>
/// A form carries a token of the person for whom it was drawn. Somebody who has signed in or out in another tab since then gets the form
/// again with a sentence, instead of the browser's empty page for 400. The deed has not been done.
/// </summary>
internal static class StaleForm
{
    /// <summary>Stands in the address of the form that is drawn again.</summary>
    public const string Mark = "stale";

    public static async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (
            context.Response is not { StatusCode: StatusCodes.Status400BadRequest, HasStarted: false } response
            || !context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal)
            || context.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: false }
        )
            return;
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location = context.Request.Path + context.Request.QueryString.Add(Mark, "1").ToUriComponent();
    }
}
