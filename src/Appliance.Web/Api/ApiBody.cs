using Appliance.Proxy.Config;

namespace Appliance.Web.Api;

/// <summary>The body of a request.</summary>
internal static class ApiBody
{
    /// <summary>Reads all of it, or says what is wrong with it.</summary>
    public static async Task<(byte[] Bytes, ApiProblem? Problem)> ReadAsync(HttpContext context)
    {
        if (!IsJson(context.Request.ContentType))
            return (
                [],
                new(
                    StatusCodes.Status415UnsupportedMediaType,
                    "not_json",
                    "Send the body as application/json: with curl, --json @FILE instead of --data."
                )
            );
        try
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            return (body.ToArray(), null);
        }
        catch (BadHttpRequestException bad)
        {
            return (
                [],
                bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? new(bad.StatusCode, "too_long", $"The body is longer than {ConfigDocument.MaxBytes} bytes; nothing was done.")
                    : new(StatusCodes.Status400BadRequest, "bad_body", "The body broke off or cannot be read; nothing was done.")
            );
        }
    }

    // Without a type it is taken for what is asked for: "curl -T" sends none.
    private static bool IsJson(string? type) =>
        string.IsNullOrEmpty(type)
        || (
            Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(type, out var media)
            && (
                media.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || media.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)
            )
        );
}
